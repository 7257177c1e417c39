import { Link } from 'react-router-dom';

import type { SegmentOverlap } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { Bars } from '../../ui/Bars';
import { useSegmentName } from '../../ui/names';

const kMost = 12;

export function Overlap({ overlap }: { overlap: SegmentOverlap[] }) {
  const { t, format } = useLocale();
  const nameOf = useSegmentName();
  if (overlap.length === 0) return <p className="quiet">{t('segment.overlapNone')}</p>;
  return (
    <div className="overlap">
      <Bars
        bars={overlap.slice(0, kMost).map((one) => ({
          key: one.name,
          name: <Link to={`/segments/${encodeURIComponent(one.name)}`}>{nameOf(one.name)}</Link>,
          amount: one.share,
          text: one.lift === null || one.both === 0
            ? t('segment.overlapTextPlain', { both: one.both, share: format.percent(one.share) })
            : t('segment.overlapText', { both: one.both, share: format.percent(one.share), lift: format.significant(one.lift) }),
        }))}
      />
    </div>
  );
}
