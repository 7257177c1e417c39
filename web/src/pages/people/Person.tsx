import { useState } from 'react';
import { Link, useParams, useSearchParams } from 'react-router-dom';

import { useGet } from '../../api/live';
import type { Feature, Profile, Timeline, TimelineEvent } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { plainFeature } from '../../ui/feature';
import { inputName } from '../../ui/model_input';
import { personName, useModelName, useSegmentName } from '../../ui/names';
import { Answer, Page, Panel } from '../../ui/Page';
import { Reasons } from '../../ui/Reasons';
import { Empty, Loaded } from '../../ui/State';
import { showValue } from '../../ui/value';
import { DecisionTable } from '../decisions/DecisionTable';
import { Behind } from './Behind';
import { EventList } from './EventList';
import { Lanes } from './Lanes';
import { Merges } from './Merges';

const kPage = 100;

function Known({ profile, open }: { profile: Profile; open: (name: string, value: string) => string }) {
  const { t, language, format } = useLocale();
  return (
    <div className="columns">
      <Panel title={t('person.traits')} note={t('person.traitsNote')}>
        {profile.traits.length === 0 && <p className="quiet">{t('person.noTraits')}</p>}
        <dl className="facts">
          {profile.traits.map((trait) => (
            <div key={trait.name}>
              <dt>{trait.name}</dt>
              <dd>
                <Link to={open('event', String(trait.eventPosition))}>{showValue(trait.value, format)}</Link>
                <small>{t(`person.trust.${trait.trust}`, { source: trait.source, time: format.date(trait.time) })}</small>
                {trait.alternatives.length > 0 && (
                  <details className="told">
                    <summary>{t('person.alsoTold', { n: trait.alternatives.length })}</summary>
                    <ul>
                      {trait.alternatives.map((other) => (
                        <li key={`${other.source} ${other.eventPosition}`}>
                          <Link to={open('event', String(other.eventPosition))}>{showValue(other.value, format)}</Link>
                          <small>{t(`person.trust.${other.trust}`, { source: other.source, time: format.date(other.time) })}, {t(`person.why.${other.why}`)}</small>
                        </li>
                      ))}
                    </ul>
                  </details>
                )}
              </dd>
            </div>
          ))}
        </dl>
      </Panel>
      <Panel title={t('person.features')} note={t('person.featuresNote')}>
        {profile.features.length === 0 && <p className="quiet">{t('person.noFeatures')}</p>}
        <dl className="facts">
          {profile.features.map((feature) => (
            <div key={feature.name}>
              <dt title={feature.name}>{plainFeature(feature, t, language)}</dt>
              <dd>
                <Link to={open('feature', feature.name)}>{showValue(feature.value, format)}</Link>
              </dd>
            </div>
          ))}
        </dl>
      </Panel>
    </div>
  );
}

function Scores({ profile, open }: { profile: Profile; open: (name: string, value: string) => string }) {
  const { t, language, format } = useLocale();
  const nameOf = useModelName();
  const features = new Map(profile.features.map((feature) => [feature.name, feature]));
  return (
    <Panel title={t('person.scores')} note={profile.scores.length ? t('person.scoresNote') : undefined}>
      {profile.scores.length === 0 && <p className="quiet">{t('person.noScores')}</p>}
      {profile.scores.map((score) => (
        <section key={score.model} className="score">
          <h3>
            <Link to={`/models/${encodeURIComponent(score.model)}?version=${encodeURIComponent(score.version)}`}>
              {nameOf(score.model)}
            </Link>{' '}
            <b>{t('person.likely', { score: format.percent(score.score) })}</b>
          </h3>
          <Reasons
            reasons={score.reasons.map((reason) => {
              const feature = features.get(reason.feature);
              return {
                feature: reason.feature,
                name: inputName(reason.feature, profile.features, [], t, language),
                value: showValue(reason.value ?? feature?.value, format), // words are no number that a reason could hold
                contribution: reason.contribution,
                to: feature ? open('feature', feature.name) : undefined,
              };
            })}
          />
          <p className="note">{t('ui.reasons.unit')}</p>
        </section>
      ))}
    </Panel>
  );
}

export function Person() {
  const { t, format } = useLocale();
  const modelName = useModelName();
  const segmentName = useSegmentName();
  const { id = '' } = useParams();
  const [params, setParams] = useSearchParams();
  const [older, setOlder] = useState<TimelineEvent[]>([]);
  const [before, setBefore] = useState<string>();
  const path = `/v1/profiles/${encodeURIComponent(id)}`;
  const profile = useGet<Profile>(path, { live: true });
  const timeline = useGet<Timeline>(`${path}/events`, { query: { limit: kPage, before } });
  const features = useGet<{ features: Feature[] }>('/v1/features');
  const events = [...older, ...(timeline.data?.events ?? [])];
  const open = (name: string, value: string) => `?${new URLSearchParams({ [name]: value }).toString()}`;
  const next = timeline.isPlaceholderData ? null : timeline.data?.next;

  return (
    <Page
      title={profile.data ? personName(profile.data, t('people.unnamed')) : t('people.person')}
      question={t('person.question')}
      crumbs={[{ title: t('people.title'), to: '/people' }]}
      liveAt={profile.data ? profile.dataUpdatedAt : undefined}
    >
      <Loaded query={profile} rows={10}>
        {(data) => {
          const score = data.scores[0];
          const held = Object.entries(data.holdout).filter(([, out]) => out).map(([placement]) => placement);
          return (
            <>
              <Answer
                sentence={
                  <>
                    {t('person.sentence', {
                      events: data.events,
                      first: format.date(data.firstSeen),
                      last: format.ago(data.lastSeen, profile.dataUpdatedAt),
                    })}{t('ui.gap')}
                    {score && t('person.score', { model: modelName(score.model), score: format.percent(score.score) })}{t('ui.gap')}
                    {data.intent && t('person.intent', { stage: t(`person.stage.${data.intent.stage}`) })}
                    {data.intent && Object.keys(data.intent.probabilities).length > 0 && (
                      <small>
                        {' '}
                        {Object.entries(data.intent.probabilities)
                          .map(([stage, share]) => `${t(`person.stage.${stage as 'exploring'}`)} ${format.percent(share)}`)
                          .join(', ')}
                      </small>
                    )}
                  </>
                }
                note={
                  <>
                    {data.identifiers.map((one) => (
                      <span key={`${one.kind}:${one.value}`} className="identifier"><small>{one.kind}</small> {one.value}</span>
                    ))}
                    {data.segments.map((one) => (
                      <Link key={one.name} className="tag" to={`/segments/${encodeURIComponent(one.name)}`} title={t('person.segmentSince', { time: format.dateTime(one.since) })}>
                        {segmentName(one.name)}
                      </Link>
                    ))}
                    {held.length > 0 && <span className="tag">{t('person.holdout', { placements: held.join(', ') })}</span>}
                    {data.absorbed.length > 0 && <span className="tag">{t('person.absorbed', { n: data.absorbed.length })}</span>}
                  </>
                }
              >
                {events.length > 0 && (
                  <Lanes events={events} decisions={data.decisions} onOpen={(at) => setParams({ event: String(at) })} />
                )}
                <p className="note">{t('person.timelineNote')}</p>
              </Answer>
              <Known profile={data} open={open} />
              <Merges profile={data} name={personName(data, data.id)} />
              <Scores profile={data} open={open} />
              <Panel title={t('person.decisions')}>
                {data.decisions.length === 0
                  ? <Empty title={t('person.noDecisions')} />
                  : <DecisionTable decisions={data.decisions} name={`decisions-${data.id}`} withPerson={false} />}
              </Panel>
            </>
          );
        }}
      </Loaded>
      {profile.data && (
        <Panel title={t('person.events')}>
          <Loaded query={timeline}>
            {() => (
              <EventList
                events={events}
                onOpen={(at) => setParams({ event: String(at) })}
                onMore={next ? () => { setOlder(events); setBefore(next); } : undefined}
              />
            )}
          </Loaded>
        </Panel>
      )}
      <Behind
        path={path}
        event={params.get('event')}
        feature={params.get('feature')}
        known={events}
        definitions={features.data?.features ?? []}
        onClose={() => setParams({})}
      />
    </Page>
  );
}
