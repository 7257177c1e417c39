import type { TimelineEvent } from '../../api/types';
import { useLocale } from '../../i18n/Locale';

export function EventDetail({ event }: { event: TimelineEvent }) {
  const { t, format } = useLocale();
  const rows: [string, string][] = [
    [t('event.type'), event.type],
    [t('event.time'), event.plausibleTime ? format.dateTime(event.time) : `${format.dateTime(event.time)} · ${t('person.clock')}`],
    [t('event.received'), format.dateTime(event.receivedAt)],
    [t('event.source'), event.source],
    [t('event.position'), String(event.position)],
    [t('event.messageId'), event.messageId],
  ];
  return (
    <div className="event-detail">
      <dl className="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <h3>{t('event.properties')}</h3>
      <pre>{JSON.stringify(event.properties, null, 2)}</pre>
      {Object.keys(event.context).length > 0 && (
        <>
          <h3>{t('event.context')}</h3>
          <pre>{JSON.stringify(event.context, null, 2)}</pre>
        </>
      )}
    </div>
  );
}
