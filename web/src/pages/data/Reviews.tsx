// The review queue: two records side by side, why they may be one person, and two buttons.
import { Alert, Button } from 'antd';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router-dom';

import { api, type ApiError } from '../../api/client';
import { useGet } from '../../api/live';
import type { Linkage, LinkageReport, Review, ReviewAnswer, Reviews as ReviewsData } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { Answer, Page, Panel } from '../../ui/Page';
import { Refused } from '../../ui/Said';
import { Empty, Loaded } from '../../ui/State';
import { evidenceInWords } from './evidence';
import { waterfallOf } from './waterfall';

function Waterfall({ review }: { review: Review }) {
  const { t, format } = useLocale();
  const { steps, low, high } = waterfallOf(review.evidence);
  const place = (bits: number) => ((bits - low) / (high - low || 1)) * 100;
  return (
    <ul className="waterfall" aria-label={t('reviews.evidence')}>
      {steps.map((step, i) => (
        <li key={i}>
          <span className="bar-name">{evidenceInWords(step.name, t)}{step.level && <small> {evidenceInWords(step.level, t)}</small>}</span>
          <span className="waterfall-plot">
            <i
              className={step.bits < 0 ? 'against' : 'for'}
              style={{ left: `${place(Math.min(step.from, step.to))}%`, width: `max(2px, ${(Math.abs(step.bits) / (high - low || 1)) * 100}%)` }}
            />
          </span>
          <span className="bar-amount">{step.bits > 0 ? '+' : ''}{format.decimal(step.bits)}</span>
        </li>
      ))}
    </ul>
  );
}

function Card({ review, onAnswer, busy }: { review: Review; onAnswer: (answer: 'same' | 'different') => void; busy: boolean }) {
  const { t, format } = useLocale();
  const names = [...new Set([...Object.keys(review.left.values), ...Object.keys(review.right.values)])];
  return (
    <Panel
      title={t('reviews.likely', { share: format.percent(review.probability) })}
      tools={
        <span className="review-tools">
          <Button type="primary" loading={busy} onClick={() => onAnswer('same')}>{t('reviews.same')}</Button>
          <Button loading={busy} onClick={() => onAnswer('different')}>{t('reviews.different')}</Button>
        </span>
      }
    >
      <div className="columns">
        <div className="table-scroll">
          <table className="sides">
            <thead>
              <tr>
                <th />
                {[review.left, review.right].map((side) => (
                  <th key={side.profile + side.source}><Link to={`/people/${encodeURIComponent(side.profile)}`}>{side.source}</Link></th>
                ))}
              </tr>
            </thead>
            <tbody>
              {names.map((name) => (
                <tr key={name} className={review.left.values[name] !== undefined && review.left.values[name] === review.right.values[name] ? 'alike' : ''}>
                  <th>{name}</th>
                  <td>{review.left.values[name] ?? '–'}</td>
                  <td>{review.right.values[name] ?? '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <div>
          <Waterfall review={review} />
          <p className="note">{t('reviews.bits')}</p>
        </div>
      </div>
    </Panel>
  );
}

// What live linkage did since the weights were learned.
function Live() {
  const { t, format } = useLocale();
  const linkage = useGet<Linkage>('/v1/people/linkage', { live: true });
  const data = linkage.data;
  if (!data) return null;
  if (!data.learned) return <p className="note">{t('reviews.liveOff')}</p>;
  return (
    <Panel title={t('reviews.live')} note={t('reviews.liveNote')}>
      {data.full && <Alert type="warning" showIcon message={t('reviews.liveFull')} />}
      <dl className="facts">
        <div><dt>{t('reviews.liveLearned')}</dt><dd>{format.dateTime(data.learnedAt!)}<small>{t('reviews.liveFrom', { n: data.records! })}</small></dd></div>
        <div>
          <dt>{t('reviews.liveLast')}</dt>
          <dd>
            {data.lastAt ? format.dateTime(data.lastAt) : t('reviews.liveNever')}
            <small>{data.behind ? t('reviews.liveBehind', { n: data.behind }) : t('reviews.liveUpToDate')}</small>
          </dd>
        </div>
        <div>
          <dt>{t('reviews.liveLookedAt')}</dt>
          <dd>{format.integer(data.lookedAt!)}<small>{data.lookedAt ? t('reviews.liveSpeed', { usual: format.decimal(data.usualMs!), slowest: format.decimal(data.slowestMs!) }) : ''}</small></dd>
        </div>
        <div>
          <dt>{t('reviews.liveLinked')}</dt>
          <dd>{format.integer(data.merged!)}<small>{t('reviews.liveRest', { reviews: data.reviews!, apart: data.keptApart! })}</small></dd>
        </div>
      </dl>
    </Panel>
  );
}

export function Reviews() {
  const { t, format } = useLocale();
  const client = useQueryClient();
  const reviews = useGet<ReviewsData>('/v1/reviews', { query: { limit: 20 } });
  const answer = useMutation<ReviewAnswer, ApiError, { id: string; answer: 'same' | 'different' }>({
    mutationFn: (said) => api.post(`/v1/reviews/${encodeURIComponent(said.id)}/answer`, { answer: said.answer }),
    onSettled: () => client.invalidateQueries(),
  });
  const link = useMutation<LinkageReport, ApiError>({
    mutationFn: () => api.post('/v1/people/link', {}),
    onSettled: () => client.invalidateQueries(),
  });
  const error = answer.error ?? link.error;
  return (
    <Page
      title={t('reviews.title')}
      question={t('reviews.question')}
      crumbs={[{ title: t('data.title'), to: '/data' }]}
      actions={<Button loading={link.isPending} onClick={() => link.mutate()}>{t('reviews.link')}</Button>}
    >
      {error && <Refused error={error} what="data.changeFailed" />}
      {link.data && (
        <Alert type="success" showIcon message={t('reviews.linked', { merged: link.data.merged, reviews: link.data.reviews, seconds: format.decimal(link.data.seconds) })} />
      )}
      <Loaded query={reviews}>
        {(data) => (data.open === 0
          ? <><Empty title={t('reviews.nothing')}>{t('reviews.nothingHint')}</Empty><Live /></>
          : (
            <>
              <Answer sentence={t('reviews.sentence', { n: data.open })} note={t('reviews.note')} tone="open" />
              {data.reviews.map((review) => (
                <Card
                  key={review.id}
                  review={review}
                  busy={answer.isPending && answer.variables?.id === review.id}
                  onAnswer={(said) => answer.mutate({ id: review.id, answer: said })}
                />
              ))}
              <Live />
            </>
          ))}
      </Loaded>
    </Page>
  );
}
