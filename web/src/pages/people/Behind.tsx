// Where a value comes from: the event behind a trait, or the events behind a feature. The address names which.
import { Drawer } from 'antd';
import { Link } from 'react-router-dom';

import { useGet } from '../../api/live';
import type { Feature, FeatureEvents, Timeline, TimelineEvent } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { plainFeature } from '../../ui/feature';
import { Loaded } from '../../ui/State';
import { showValue } from '../../ui/value';
import { EventDetail } from './EventDetail';

interface BehindProps {
  path: string; // of the person in the API
  event: string | null;
  feature: string | null;
  known: TimelineEvent[];
  definitions: Feature[];
  onClose: () => void;
}

function OneEvent({ path, position, known }: { path: string; position: number; known: TimelineEvent[] }) {
  const { t } = useLocale();
  const here = known.find((event) => event.position === position);
  const found = useGet<Timeline>(`${path}/events`, { query: { before: position + 1, limit: 1 }, enabled: !here });
  if (here) return <EventDetail event={here} />;
  return (
    <Loaded query={found}>
      {(timeline) => {
        const event = timeline.events.find((one) => one.position === position);
        return event ? <EventDetail event={event} /> : <p>{t('person.eventGone')}</p>;
      }}
    </Loaded>
  );
}

// The value of a feature for one person, with the events that make it.
export function FeatureBehind({ path, name }: { path: string; name: string }) {
  const { t, format } = useLocale();
  const behind = useGet<FeatureEvents>(`${path}/features/${encodeURIComponent(name)}/events`);
  return (
    <Loaded query={behind}>
      {(data) => (
        <>
          <p className="sentence">
            {data.events.length
              ? t('person.behindValue', { value: showValue(data.feature.value, format), n: data.events.length })
              : t('person.behindNone')}
          </p>
          <p className="quiet">
            <code>{data.feature.aggregate} · {data.feature.window}{data.feature.where ? ` · ${data.feature.where}` : ''}</code>
          </p>
          {data.events.map((event) => (
            <details key={event.position} className="behind-event">
              <summary>
                {event.event || event.type} <span className="quiet">{format.dateTime(event.time)}</span>
              </summary>
              <EventDetail event={event} />
            </details>
          ))}
        </>
      )}
    </Loaded>
  );
}

export function Behind({ path, event, feature, known, definitions, onClose }: BehindProps) {
  const { t, language } = useLocale();
  const definition = definitions.find((one) => one.name === feature);
  const name = definition ? plainFeature(definition, t, language) : (feature ?? '');
  return (
    <Drawer
      open={event !== null || feature !== null}
      onClose={onClose}
      width="min(560px, 100vw)"
      title={feature ? t('person.behind', { feature: name }) : t('person.eventTitle')}
      closable={{ 'aria-label': t('person.close') }}
      destroyOnHidden
    >
      {feature !== null && (
        <>
          <FeatureBehind path={path} name={feature} />
          <p><Link to={`/features/${encodeURIComponent(feature)}`}>{t('person.behindFeature')}</Link></p>
        </>
      )}
      {event !== null && <OneEvent path={path} position={Number(event)} known={known} />}
    </Drawer>
  );
}
