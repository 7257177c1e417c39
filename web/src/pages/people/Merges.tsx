// The merges that made a person, each with its undoing; and the way to merge somebody else into them.
import { Alert, Button, Input, Modal } from 'antd';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router-dom';

import { api, type ApiError } from '../../api/client';
import type { Merge, PeopleMerged, PeopleSplit, Profile } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { Panel } from '../../ui/Page';
import { Refused } from '../../ui/Said';
import { ruleKey } from './merge_rules';

export function Merges({ profile, name }: { profile: Profile; name: string }) {
  const { t, format } = useLocale();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [undoing, setUndoing] = useState<Merge>();
  const [merging, setMerging] = useState(false);
  const [other, setOther] = useState('');
  const [parted, setParted] = useState<PeopleSplit>();
  const refresh = () => client.invalidateQueries();
  const split = useMutation<PeopleSplit, ApiError, Merge>({
    mutationFn: (merge) => api.post('/v1/people/split', { merge: merge.merge }),
    onSuccess: setParted,
    onSettled: () => {
      setUndoing(undefined);
      return refresh();
    },
  });
  const merge = useMutation<PeopleMerged, ApiError, string>({
    mutationFn: (from) => api.post('/v1/people/merge', { from, into: profile.id }),
    onSuccess: (merged) => {
      setOther('');
      navigate(`/people/${encodeURIComponent(merged.profile)}`);
    },
    onSettled: () => {
      setMerging(false);
      return refresh();
    },
  });
  const error = split.error ?? merge.error;
  return (
    <Panel
      title={t('merges.title')}
      note={profile.merges.length > 0 ? t('merges.note') : t('merges.none')}
      tools={<Button size="small" onClick={() => setMerging(true)}>{t('merges.add')}</Button>}
    >
      {error && <Refused error={error} what="data.changeFailed" />}
      {parted && (
        <Alert
          type="success"
          showIcon
          closable
          onClose={() => setParted(undefined)}
          message={<>{t('merges.parted')} <Link to={`/people/${encodeURIComponent(parted.profile)}`}>{parted.profile}</Link></>}
        />
      )}
      <ul className="merges">
        {profile.merges.map((one) => (
          <li key={one.merge}>
            <span>
              {t('merges.one', { from: one.from, time: format.dateTime(one.time) })}{' '}
              <small>{one.actor ? t('merges.by', { actor: one.actor }) : t(ruleKey(one.rule))}</small>
            </span>
            <Button size="small" onClick={() => setUndoing(one)}>{t('merges.undo')}</Button>
          </li>
        ))}
      </ul>
      <Modal
        open={undoing !== undefined}
        title={t('merges.undoTitle', { from: undoing?.from ?? '' })}
        okText={t('merges.undo')}
        confirmLoading={split.isPending}
        onOk={() => undoing && split.mutate(undoing)}
        onCancel={() => setUndoing(undefined)}
      >
        <p>{t('merges.undoTouches')}</p>
      </Modal>
      <Modal
        open={merging}
        title={t('merges.addTitle', { name })}
        okText={t('merges.add')}
        okButtonProps={{ disabled: other.trim() === '' }}
        confirmLoading={merge.isPending}
        onOk={() => merge.mutate(other.trim())}
        onCancel={() => setMerging(false)}
      >
        <p>{t('merges.addTouches')}</p>
        <Input value={other} onChange={(event) => setOther(event.target.value)} aria-label={t('merges.who')} placeholder="user_id:42" />
      </Modal>
    </Panel>
  );
}
