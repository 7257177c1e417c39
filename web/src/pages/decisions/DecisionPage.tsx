import { Link, useParams } from 'react-router-dom';

import { useGet } from '../../api/live';
import type { Decision, Feature, Placement, Profile, Reason } from '../../api/types';
import type { Format } from '../../i18n/format';
import { useLocale, type Translate } from '../../i18n/Locale';
import { usePlacements } from '../../ui/actions';
import { plainDuration } from '../../ui/duration';
import { plainWindow } from '../../ui/feature';
import { contextAt, inputAbout, inputName } from '../../ui/model_input';
import { Answer, Page, Panel, Stats } from '../../ui/Page';
import { personName } from '../../ui/names';
import { policyName } from '../../ui/policy';
import { Reasons } from '../../ui/Reasons';
import { Loaded } from '../../ui/State';
import { showValue } from '../../ui/value';
import { Flow } from './Flow';
import { flowOf } from './flow_rows';

const sentences = {
  model: 'decision.byModel',
  explore: 'decision.byExplore',
  baseline: 'decision.byBaseline',
} as const;

function why(decision: Decision, action: string, t: Translate, format: Format): string {
  const first = decision.actions[0];
  const score = decision.model && first ? t('decision.scored', { score: format.percent(first.score) }) : '';
  const sentence = t(sentences[decision.policy], { action, n: decision.candidates.length, score });
  return `${sentence}${t('ui.gap')}${t('decision.chance', { propensity: format.percent(first?.propensity) })}`;
}

function consequence(decision: Decision, placement: Placement | undefined, t: Translate): string {
  const outcome = decision.outcomes[0];
  if (outcome) {
    const after = new Date(outcome.time).getTime() - new Date(decision.time).getTime();
    return t('decision.followed', { event: outcome.event, after: plainDuration(after, t) });
  }
  if (!placement) return t('decision.noOutcome');
  return t('decision.waiting', { event: placement.outcome.event, within: plainWindow(placement.outcome.within, t) });
}

function TheRecord({ decision, personPath }: { decision: Decision; personPath?: string }) {
  const { t, format } = useLocale();
  const stats = [
    { label: t('decisions.time'), value: format.dateTime(decision.time) },
    { label: t('decisions.placement'), value: decision.placement, to: `/decisions?placement=${encodeURIComponent(decision.placement)}` },
    { label: t('decisions.policy'), value: t(policyName[decision.policy]) },
    {
      label: t('decisions.model'),
      value: decision.modelVersion ?? t('decision.noModel'),
      to: decision.model
        ? `/models/${encodeURIComponent(decision.model)}?version=${encodeURIComponent((decision.modelVersion ?? '').split('/').pop() ?? '')}`
        : undefined,
    },
    { label: t('decision.exploration'), value: format.percent(decision.exploration) },
    { label: t('decision.holdout'), value: t(decision.holdout ? 'ui.yes' : 'ui.no') },
  ];
  return (
    <Panel title={t('decision.record')} note={<code>{decision.id}</code>}>
      <Stats items={stats} />
      {decision.outcomes.length > 0 && (
        <>
          <h3>{t('decision.outcomes')}</h3>
          <ul className="plain-list">
            {decision.outcomes.map((outcome) => (
              <li key={outcome.eventPosition}>
                {personPath ? <Link to={`${personPath}?event=${outcome.eventPosition}`}>{outcome.event}</Link> : outcome.event}
                {' · '}{format.dateTime(outcome.time)}{' · '}{t('decisions.reward')} {format.decimal(outcome.reward)}
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>{t('decision.context')}</h3>
      <pre>{JSON.stringify(decision.context, null, 2)}</pre>
    </Panel>
  );
}

export function DecisionPage() {
  const { t, language, format } = useLocale();
  const { id = '' } = useParams();
  const decision = useGet<Decision>(`/v1/decisions/${encodeURIComponent(id)}`, { live: true });
  const person = useGet<Profile>(`/v1/profiles/${encodeURIComponent(decision.data?.profileId ?? '')}`, {
    enabled: Boolean(decision.data?.profileId),
  });
  const features = useGet<{ features: Feature[] }>('/v1/features').data?.features ?? [];
  const { placementOf, actionName } = usePlacements();
  const personPath = decision.data?.profileId ? `/people/${encodeURIComponent(decision.data.profileId)}` : undefined;
  const who = person.data ? personName(person.data, t('people.unnamed')) : t('people.unnamed');
  const actions = placementOf(decision.data?.placement ?? '')?.actions ?? [];
  const plain = (name: string) => inputName(name, features, actions, t, language);
  return (
    <Page
      title={decision.data ? t('decision.title', { person: who }) : t('decisions.id')}
      question={t('decision.question')}
      crumbs={[
        { title: t('decisions.title'), to: '/decisions' },
        ...(personPath ? [{ title: who, to: personPath }] : []),
      ]}
      liveAt={decision.data ? decision.dataUpdatedAt : undefined}
    >
      <Loaded query={decision} rows={10}>
        {(data) => {
          const nameOf = (action: string) => actionName(data.placement, action);
          const first = data.actions[0];
          const placement = placementOf(data.placement);
          const taken = actions.find((action) => action.id === first?.id);
          const seen = ({ feature, value }: Reason) => {
            const about = inputAbout(feature, features, actions);
            if (about === 'action' && first) return nameOf(first.id);
            // A reason holds numbers; words are where they came from.
            if (about === 'attribute') return showValue(value ?? taken?.attributes[feature], format);
            if (about === 'request') return showValue(value ?? contextAt(data.context, feature), format);
            return showValue(value ?? data.features.find((one) => one.name === feature)?.value, format);
          };
          const opens = (feature: string) =>
            personPath && features.some((one) => one.name === feature) ? `${personPath}?feature=${encodeURIComponent(feature)}` : undefined;
          return (
            <>
              <Answer
                sentence={first ? why(data, nameOf(first.id), t, format) : ''}
                note={consequence(data, placement, t)}
                tone={data.outcomes.length > 0 ? 'good' : undefined}
              >
                <Flow rows={flowOf(data, placement)} scored={data.model !== null} nameOf={nameOf} />
              </Answer>
              <div className="columns">
                <Panel
                  title={t('decision.reasons')}
                  note={data.model && first ? t('decision.reasonsNote', { action: nameOf(first.id) }) : undefined}
                >
                  {data.model && first ? (
                    <>
                      <Reasons
                        reasons={first.reasons.map((reason) => ({
                          feature: reason.feature,
                          name: plain(reason.feature),
                          value: seen(reason),
                          contribution: reason.contribution,
                          to: opens(reason.feature),
                        }))}
                      />
                      <p className="note">{t('ui.reasons.unit')}</p>
                    </>
                  ) : (
                    <p className="quiet">{t('decision.noReasons')}</p>
                  )}
                </Panel>
                <TheRecord decision={data} personPath={personPath} />
              </div>
              {data.features.length > 0 && (
                <Panel title={t(data.model ? 'decision.seen' : 'decision.wouldSee')}>
                  <dl className="facts many">
                    {data.features.map((feature) => {
                      const to = opens(feature.name);
                      const value = showValue(feature.value, format);
                      return (
                        <div key={feature.name}>
                          <dt title={feature.name}>{plain(feature.name)}</dt>
                          <dd>{to ? <Link to={to}>{value}</Link> : value}</dd>
                        </div>
                      );
                    })}
                  </dl>
                </Panel>
              )}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
