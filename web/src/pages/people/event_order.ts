import type { TimelineEvent } from '../../api/types';

// Newest first by when it happened; events whose clock was wrong stand at the end, where they displace nothing.
export function inOrder(events: TimelineEvent[]): TimelineEvent[] {
  const time = (event: TimelineEvent) => new Date(event.time).getTime();
  return [...events].sort((a, b) => {
    if (a.plausibleTime !== b.plausibleTime) return a.plausibleTime ? -1 : 1;
    return time(b) - time(a) || b.position - a.position;
  });
}
