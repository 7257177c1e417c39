import { Button } from 'antd';
import { useState } from 'react';

import type { TimelineEvent } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { Empty } from '../../ui/State';
import { showValue } from '../../ui/value';
import { inOrder } from './event_order';

const kShownProperties = 4;
const kFirst = 20;

// The events themselves, in words; each opens.
export function EventList({ events, onOpen, onMore }: {
  events: TimelineEvent[];
  onOpen: (position: number) => void;
  onMore?: () => void;
}) {
  const { t, format } = useLocale();
  const [all, setAll] = useState(false);
  const more = !all && events.length > kFirst ? () => setAll(true) : onMore;
  const shown = inOrder(events);
  if (events.length === 0) return <Empty title={t('person.noEvents')} />;
  return (
    <>
      <ol className="event-list">
        {(all ? shown : shown.slice(0, kFirst)).map((event) => {
          const properties = Object.entries(event.properties);
          return (
            <li key={event.position}>
              <time dateTime={event.time}>
                {format.dateTime(event.time)}
                {!event.plausibleTime && <span className="tag wrong" title={t('person.clockHint')}>{t('person.clock')}</span>}
              </time>
              <button type="button" onClick={() => onOpen(event.position)}>{event.event || event.type}</button>
              <span className="quiet">
                {properties
                  .slice(0, kShownProperties)
                  .map(([name, value]) => `${name}: ${showValue(value, format)}`)
                  .join(' · ')}
                {properties.length > kShownProperties && ' …'}
              </span>
              <span className="quiet source">{event.source}</span>
            </li>
          );
        })}
      </ol>
      {more && <Button className="more" onClick={more}>{t('person.older')}</Button>}
    </>
  );
}
