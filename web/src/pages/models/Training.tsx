// Training a model from the page: asked for here, done in the background, waiting for whoever promotes it.
import { Button, Modal, Progress } from 'antd';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router-dom';

import { api, type ApiError } from '../../api/client';
import type { Model } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { Refused } from '../../ui/Said';

// What came of it, or how far it is.
function Run({ run }: { run: NonNullable<Model['training']> }) {
  const { t, format } = useLocale();
  const by = run.by === 'retraining' ? t('model.trainDue') : run.by;
  if (run.ended === null) {
    return (
      <div role="status">
        {t('model.training', { by, began: format.dateTime(run.began) })}
        <Progress strokeColor="var(--accent)" percent={Math.floor(100 * run.share)} aria-label={t('model.trainProgress')} />
      </div>
    );
  }
  if (run.error) return <Refused error={run.error} what="model.trainFailed" />;
  const { version } = run;
  return (
    <p className="note" role="status">
      {t('model.trained', { by, ended: format.dateTime(run.ended) })}{t('ui.gap')}
      <Link to={`?version=${encodeURIComponent(version ?? '')}`}>{version}</Link>
    </p>
  );
}

export function Training({ model }: { model: Model }) {
  const { t } = useLocale();
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const begun = model.training !== null && model.training.ended === null;
  const begin = useMutation<unknown, ApiError>({
    mutationFn: () => api.post(`/v1/models/${encodeURIComponent(model.name)}/train`),
    onSettled: () => {
      setAsked(false);
      return client.invalidateQueries();
    },
  });
  return (
    <section className="training">
      <Button disabled={begun} onClick={() => setAsked(true)}>{t('model.train')}</Button>
      {begin.error && <Refused error={begin.error} what="model.failed" closable />}
      {model.training && <Run run={model.training} />}
      <Modal
        open={asked}
        title={t('model.trainTitle', { model: model.name })}
        okText={t('model.yes')}
        cancelText={t('ui.cancel')}
        confirmLoading={begin.isPending}
        onOk={() => begin.mutate()}
        onCancel={() => setAsked(false)}
      >
        <p>{t('model.trainTouches')}</p>
      </Modal>
    </section>
  );
}
