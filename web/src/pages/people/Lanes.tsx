import type { DecisionSummary, TimelineEvent } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { lanesOf, spanOf, type Mark } from './lane_marks';

const kMostLanes = 7;

// The timeline as a picture: a lane a kind of event, and one for Furrow's decisions.
export function Lanes({ events, decisions, onOpen }: {
  events: TimelineEvent[];
  decisions: DecisionSummary[];
  onOpen: (position: number) => void;
}) {
  const { t, format } = useLocale();
  const plausible = events.filter((event) => event.plausibleTime);
  const left = events.length - plausible.length;
  const marks: Mark[] = plausible.map((event) => ({
    key: String(event.position),
    time: new Date(event.time).getTime(),
    kind: event.event || event.type,
  }));
  if (marks.length === 0) return <p className="note">{t('person.clockLeft', { n: left })}</p>;
  const oldest = Math.min(...marks.map((mark) => mark.time));
  const decided: Mark[] = decisions
    .map((decision) => ({ key: decision.id, time: new Date(decision.time).getTime(), kind: decision.id }))
    .filter((mark) => mark.time >= oldest);
  const shown = [...marks, ...decided];
  const { from, to } = spanOf(shown);
  const place = (time: number) => `${(((time - from) / (to - from)) * 100).toFixed(3)}%`;
  return (
    <div className="lanes" role="group" aria-label={t('person.timelineLabel', { n: events.length })}>
      {lanesOf(marks, kMostLanes).map((lane) => (
        <div key={lane.kind ?? ''} className="lane">
          <span className="lane-name"><bdi>{lane.kind ?? t('person.otherEvents')}</bdi> <small>{lane.marks.length}</small></span>
          <span className="lane-plot">
            {lane.marks.map((mark) => (
              <button
                key={mark.key}
                type="button"
                tabIndex={-1}
                aria-hidden="true"
                title={`${mark.kind} · ${format.dateTime(mark.time)}`}
                style={{ left: place(mark.time) }}
                onClick={() => onOpen(Number(mark.key))}
              />
            ))}
          </span>
        </div>
      ))}
      {decided.length > 0 && (
        <div className="lane decided">
          <span className="lane-name"><bdi>{t('ui.nav.decisions')}</bdi> <small>{decided.length}</small></span>
          <span className="lane-plot">
            {decided.map((mark) => (
              <i key={mark.key} title={format.dateTime(mark.time)} style={{ left: place(mark.time) }}>◆</i>
            ))}
          </span>
        </div>
      )}
      <div className="lane ends" aria-hidden="true">
        <span className="lane-name" />
        <span className="lane-plot">
          <span>{format.dateTime(oldest)}</span>
          <span>{format.dateTime(Math.max(...shown.map((mark) => mark.time)))}</span>
        </span>
      </div>
      {left > 0 && <p className="note">{t('person.clockLeft', { n: left })}</p>}
    </div>
  );
}
