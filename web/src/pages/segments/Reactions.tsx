// Who outside is told when somebody enters or leaves a segment: each webhook, whether it gets through, and what did not.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Tag } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router-dom';

import { api, type ApiError } from '../../api/client';
import { useGet } from '../../api/live';
import type { DeadLetterList, Webhook, WebhookList, WebhookTest } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { plainName } from '../../ui/names';
import { Panel } from '../../ui/Page';
import { Original, Refused, useSaid } from '../../ui/Said';
import { Loaded } from '../../ui/State';

function Dead({ webhook }: { webhook: Webhook }) {
  const { t, format } = useLocale();
  const said = useSaid();
  const client = useQueryClient();
  const path = `/v1/webhooks/${encodeURIComponent(webhook.name)}`;
  const letters = useGet<DeadLetterList>(`${path}/dead`, { query: { limit: 20 }, live: true });
  const resend = useMutation<unknown, ApiError>({
    mutationFn: () => api.post(`${path}/resend`, {}),
    onSettled: () => client.invalidateQueries(),
  });
  return (
    <>
      {resend.error && <Refused error={resend.error} />}
      <Loaded query={letters} rows={2}>
        {({ dead }) => (
          <ul className="dead-letters">
            {dead.map((letter) => (
              <li key={letter.position}>
                {letter.profileId ? <Link to={`/people/${encodeURIComponent(letter.profileId)}`}>{letter.profileId}</Link> : letter.position}
                {' · '}{t(letter.entered ? 'reactions.entered' : 'reactions.left')}
                {letter.segment && <> <Link to={`/segments/${encodeURIComponent(letter.segment)}`}>{letter.segment}</Link></>}
                {' · '}<span className="quiet">{format.dateTime(letter.time)} · <span title={letter.why}>{said({ message: letter.why }).text}</span>{letter.again ? ` · ${t('reactions.waits')}` : ''}</span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <Button size="small" loading={resend.isPending} onClick={() => resend.mutate()}>{t('reactions.resend')}</Button>
    </>
  );
}

function Receiver({ webhook, entry, exit }: { webhook: Webhook; entry: boolean; exit: boolean }) {
  const { t, format, language } = useLocale();
  const said = useSaid();
  const [open, setOpen] = useState(false);
  const test = useMutation<WebhookTest, ApiError>({ mutationFn: () => api.post(`/v1/webhooks/${encodeURIComponent(webhook.name)}/test`, {}) });
  const failing = webhook.failingSince !== null;
  const why = said({ message: webhook.why ?? '' });
  const tried = said({ message: test.data?.why ?? '' });
  return (
    <li className="reaction">
      <p>
        <strong>{plainName(webhook, language)}</strong> <code>{webhook.origin}</code>{' '}
        {entry && <Tag>{t('reactions.onEnter')}</Tag>}
        {exit && <Tag>{t('reactions.onExit')}</Tag>}
      </p>
      <p className="note">
        {failing
          ? t('reactions.failing', {
            since: format.dateTime(webhook.failingSince!), why: why.text, next: webhook.nextAttempt ? format.time(Date.parse(webhook.nextAttempt)) : '',
          })
          : webhook.deliveredAt
            ? t('reactions.delivered', { n: webhook.delivered, at: format.dateTime(webhook.deliveredAt) })
            : t('reactions.none')}
      </p>
      {failing && <Original spoken={why} />}
      {failing && <Alert type="warning" showIcon message={t('reactions.kept')} />}
      <div className="reaction-tools">
        <Button size="small" loading={test.isPending} onClick={() => test.mutate()}>{t('reactions.test')}</Button>
        {webhook.dead > 0 && (
          <Button size="small" danger aria-expanded={open} onClick={() => setOpen(!open)}>{t('reactions.dead', { n: webhook.dead })}</Button>
        )}
      </div>
      {test.data && (
        <Alert
          type={test.data.delivered ? 'success' : 'error'}
          showIcon
          message={test.data.delivered
            ? t('reactions.testGood', { status: test.data.status ?? 0 })
            : <>{t('reactions.testBad', { why: tried.text })}<Original spoken={tried} /></>}
        />
      )}
      {test.error && <Refused error={test.error} />}
      {open && webhook.dead > 0 && <Dead webhook={webhook} />}
    </li>
  );
}

export function Reactions({ segment }: { segment: string }) {
  const { t } = useLocale();
  const list = useGet<WebhookList>('/v1/webhooks', { live: true });
  return (
    <Panel title={t('reactions.title')} note={t('reactions.note')}>
      <Loaded query={list} rows={2}>
        {({ webhooks }) => {
          const hears = webhooks.filter((one) => one.onEnter.includes(segment) || one.onExit.includes(segment));
          if (hears.length === 0) return <p className="quiet">{t('reactions.nobody')} <code>on_enter</code>, <code>on_exit</code>, <code>webhooks/</code></p>;
          return (
            <ul className="reactions">
              {hears.map((one) => <Receiver key={one.name} webhook={one} entry={one.onEnter.includes(segment)} exit={one.onExit.includes(segment)} />)}
            </ul>
          );
        }}
      </Loaded>
    </Panel>
  );
}
