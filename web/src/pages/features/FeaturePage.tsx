import { Input } from 'antd';
import { Link, useParams, useSearchParams } from 'react-router-dom';

import { useJob } from '../../api/job';
import { useGet } from '../../api/live';
import type { Feature, FeatureParity, FeatureSpread, FeatureSurvey, ProfileList } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { usePlacements } from '../../ui/actions';
import { plainFeature } from '../../ui/feature';
import { personName, plainName, useModelName, useSegmentName } from '../../ui/names';
import { Answer, Page, Panel } from '../../ui/Page';
import { Loaded } from '../../ui/State';
import { FeatureBehind } from '../people/Behind';
import { useExactness, useWindowText } from './Features';
import { Histogram } from './Histogram';
import { Parity } from './Parity';
import { commonest, filledShare, tellableWeeks, usersOf } from './spread';
import { WeeksChart } from './WeeksChart';

const kOften = 0.3; // a value so frequent is worth a sentence

function useSentence(): (spread: FeatureSpread) => string {
  const { t, format } = useLocale();
  return ({ now, levels, bins }) => {
    const share = filledShare(now);
    if (!share) return t('feature.sentenceNone');
    if (levels[0]) {
      return t('feature.sentenceText', {
        share: format.percent(share),
        value: levels[0].value,
        part: format.percent(levels[0].people / (now.people - now.missing)),
      });
    }
    const most = commonest(bins);
    const often = most && most.people / now.people >= kOften
      ? `${t('ui.gap')}${t('feature.sentenceOften', { share: format.percent(most.people / now.people), value: format.significant(most.from) })}`
      : '';
    return t('feature.sentence', {
      share: format.percent(share),
      p25: format.significant(now.p25),
      p50: format.significant(now.p50),
      p75: format.significant(now.p75),
    }) + often;
  };
}

function Spread({ feature, survey, spread }: { feature: Feature; survey: FeatureSurvey; spread: FeatureSpread }) {
  const { t, language, format } = useLocale();
  const sentence = useSentence()(spread);
  // Profiles keep only what features need; the batch read the whole log, so it tells of longer ago once it was measured.
  const measured = useJob<FeatureParity>('/v1/feature-parity').job.data?.report;
  const batch = measured?.features.find((one) => one.name === feature.name);
  const kept = tellableWeeks(survey.instants, spread.weeks);
  const fromLog = kept.cut && measured && batch ? tellableWeeks(measured.instants, batch.weeks) : null;
  const { told, cut } = fromLog && fromLog.told.length > kept.told.length ? fromLog : kept;
  const numbers = spread.bins.length > 0;
  return (
    <Answer
      sentence={sentence}
      note={
        <>
          {t(survey.sampled < survey.people ? 'features.sample' : 'features.sampleAll', {
            sampled: survey.sampled, people: survey.people, time: format.dateTime(survey.asOf),
          })}{t('ui.gap')}
          {survey.quiet && t('features.quiet')}
        </>
      }
    >
      <div className={numbers ? 'columns' : undefined}>
        <div>
          <h2>{t('feature.now')}</h2>
          <Histogram spread={spread} name={plainFeature(feature, t, language)} large />
        </div>
        {numbers && (
          <div>
            <h2>{t('feature.weeks')}</h2>
            {told.length > 1 ? <WeeksChart weeks={told} /> : <p className="quiet">{t(cut ? 'feature.weeksNone' : 'feature.weeksYoung')}</p>}
            {told.length > 1 && (
              <p className="note">
                {t('feature.weeksNote')}{t('ui.gap')}
                {fromLog && told === fromLog.told && measured && t('feature.weeksFromLog', { people: measured.people, time: format.date(measured.asOf) })}
                {cut && told[0] && t('feature.weeksCut', { time: format.date(told[0].time) })}
              </p>
            )}
          </div>
        )}
      </div>
    </Answer>
  );
}

function Definition({ feature }: { feature: Feature }) {
  const { t, language } = useLocale();
  const windowOf = useWindowText();
  const exactnessOf = useExactness();
  const rows: [string, React.ReactNode][] = feature.derived
    ? [[t('feature.expression'), <code key="e">{feature.aggregate}</code>]]
    : [
        [t('features.aggregate'), <code key="a">{feature.aggregate}</code>],
        [t('feature.meaning'), (language === 'zh' ? feature.algebra?.meaningZh : feature.algebra?.meaning) ?? '–'],
        [t('feature.events'), feature.event.length ? feature.event.join(', ') : t('ui.feature.anyEvent')],
        ...(feature.where ? [[t('feature.where'), <code key="w">{feature.where}</code>] as [string, React.ReactNode]] : []),
        [t('features.window'), windowOf(feature)],
        [t('feature.merges'), t('feature.mergesYes')],
        [t('feature.removes'), t(feature.algebra?.removable ? 'feature.removesYes' : 'feature.removesNo')],
        [t('feature.timezone'), feature.timezone],
      ];
  rows.push(
    [t('features.exactness'), exactnessOf(feature)],
    [t('feature.default'), feature.default === null ? t('feature.defaultNone') : String(feature.default)],
    [t('features.owner'), feature.owner ?? t('features.undeclared')],
    [t('features.purpose'), feature.purpose ?? t('features.undeclared')],
    [t('features.version'), String(feature.version)],
    [t('features.declared'), <code key="f">{`${feature.file}:${feature.line}`}</code>],
  );
  return (
    <Panel title={t('feature.definition')}>
      <dl className="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function Users({ feature }: { feature: Feature }) {
  const { t, language } = useLocale();
  const modelName = useModelName();
  const segmentName = useSegmentName();
  const { placementOf } = usePlacements();
  const placementName = (name: string) => {
    const placement = placementOf(name);
    return placement ? plainName(placement, language) : name;
  };
  const { models, segments, placements, features } = feature.usedBy;
  const groups: [string, { to: string; text: string }[]][] = [
    [t('feature.usesModels'), models.map((name) => ({ to: `/models/${encodeURIComponent(name)}`, text: modelName(name) }))],
    [t('feature.usesSegments'), segments.map((name) => ({ to: `/segments/${encodeURIComponent(name)}`, text: segmentName(name) }))],
    [t('feature.usesPlacements'), placements.map((name) => ({ to: `/decisions?placement=${encodeURIComponent(name)}`, text: placementName(name) }))],
    [t('feature.usesFeatures'), features.map((name) => ({ to: `/features/${encodeURIComponent(name)}`, text: name }))],
  ];
  return (
    <Panel title={t('feature.uses')} note={feature.frozen ? t('feature.frozenNote', { versions: feature.frozenBy.join(', ') }) : t('feature.openNote')}>
      {usersOf(feature) === 0 && <p className="quiet">{t('feature.usesNone')}</p>}
      <dl className="facts">
        {groups.filter(([, users]) => users.length > 0).map(([title, users]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd className="links">{users.map((user) => <Link key={user.to} to={user.to}>{user.text}</Link>)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function ForOnePerson({ feature }: { feature: Feature }) {
  const { t } = useLocale();
  const [params, setParams] = useSearchParams();
  const person = params.get('person') ?? '';
  const recent = useGet<ProfileList>('/v1/profiles', { query: { limit: 5 } });
  return (
    <Panel title={t('feature.person')} note={t('feature.personNote')}>
      <Input.Search
        key={person}
        allowClear
        defaultValue={person}
        className="people-search"
        placeholder={t('feature.personHint')}
        aria-label={t('feature.person')}
        enterButton={t('feature.personShow')}
        onSearch={(text) => setParams(text.trim() ? { person: text.trim() } : {})}
      />
      {!person && recent.data && recent.data.profiles.length > 0 && (
        <p className="note links">
          {t('feature.personRecent')}
          {recent.data.profiles.map((one) => (
            <Link key={one.id} to={`?person=${one.id}`}>{personName(one, one.id)}</Link>
          ))}
        </p>
      )}
      {person && (
        <>
          <FeatureBehind path={`/v1/profiles/${encodeURIComponent(person)}`} name={feature.name} />
          <p><Link to={`/people/${encodeURIComponent(person)}?feature=${encodeURIComponent(feature.name)}`}>{t('feature.personOpen')}</Link></p>
        </>
      )}
    </Panel>
  );
}

export function FeaturePage() {
  const { t, language } = useLocale();
  const { name = '' } = useParams();
  const feature = useGet<Feature>(`/v1/features/${encodeURIComponent(name)}`);
  const survey = useGet<FeatureSurvey>('/v1/feature-survey');
  return (
    <Page
      title={feature.data ? plainFeature(feature.data, t, language) : name}
      question={t('feature.question')}
      crumbs={[{ title: t('features.title'), to: '/features' }]}
    >
      <Loaded query={feature} rows={10}>
        {(data) => (
          <>
            <Loaded query={survey} rows={6}>
              {(found) => {
                const spread = found.features.find((one) => one.name === data.name);
                return spread ? <Spread feature={data} survey={found} spread={spread} /> : null;
              }}
            </Loaded>
            <div className="columns">
              <Definition feature={data} />
              <Users feature={data} />
            </div>
            <ForOnePerson feature={data} />
            <Parity feature={data.name} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
