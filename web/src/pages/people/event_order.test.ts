import { describe, expect, it } from 'vitest';

import type { TimelineEvent } from '../../api/types';
import { inOrder } from './event_order';

const event = (position: number, time: string, plausibleTime = true): TimelineEvent => ({
  position, time, plausibleTime, type: 'track', event: 'e', receivedAt: '2026-03-01T00:00:00Z', source: 'live',
  properties: {}, context: {}, messageId: String(position),
});

describe('a person’s events', () => {
  it('stand newest first by when they happened, not by when they were imported', () => {
    const shown = inOrder([event(1, '2026-02-01T00:00:00Z'), event(2, '2026-01-01T00:00:00Z'), event(3, '2026-02-02T00:00:00Z')]);
    expect(shown.map((one) => one.position)).toEqual([3, 1, 2]);
  });
  it('with an impossible time stand last', () => {
    const shown = inOrder([event(1, '2038-01-01T00:00:00Z', false), event(2, '2026-01-01T00:00:00Z'), event(3, '1970-01-01T00:00:18Z', false)]);
    expect(shown.map((one) => one.position)).toEqual([2, 1, 3]);
  });
});
