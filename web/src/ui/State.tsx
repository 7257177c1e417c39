// The states a page can be in besides having its data: loading, empty, failed, and showing older data.
import { Alert, Button, Skeleton } from 'antd';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import type { ApiError } from '../api/client';
import { useLocale } from '../i18n/Locale';
import { Original, useSaid } from './Said';

export function Loading({ rows = 5 }: { rows?: number }) {
  const { t } = useLocale();
  return (
    <div role="status" aria-label={t('ui.loading')} className="loading">
      <Skeleton active title={false} paragraph={{ rows }} />
    </div>
  );
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <svg viewBox="0 0 64 40" width="64" height="40" aria-hidden="true">
        <path d="M4 34c14-2 16-24 28-24s14 22 28 24" className="empty-line" />
        <path d="M4 38h56" className="empty-line" />
      </svg>
      <strong>{title}</strong>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

export function Failure({ error, onRetry }: { error: ApiError; onRetry?: () => void }) {
  const { t } = useLocale();
  const spoken = useSaid()(error);
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      message={t('ui.error.title')}
      description={
        <>
          <p>{spoken.text}</p>
          {error.code === 'not_found' && <p>{t('ui.error.notFound')}</p>}
          <p className="quiet">{t('ui.error.code', { code: error.code })}</p>
          <Original spoken={spoken} />
          {onRetry && <Button onClick={onRetry}>{t('ui.error.retry')}</Button>}
        </>
      }
    />
  );
}

// Shows the data of a query, and its other states where there is none. Older data with an error beside it beats no data.
export function Loaded<T>({ query, rows, children }: {
  query: UseQueryResult<T, ApiError>;
  rows?: number;
  children: (data: T) => ReactNode;
}) {
  const { t } = useLocale();
  if (query.data === undefined) {
    if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
    return <Loading rows={rows} />;
  }
  return (
    <>
      {query.error && (
        <Alert type="warning" showIcon banner message={t('ui.error.stale', { code: query.error.code })} />
      )}
      {children(query.data)}
    </>
  );
}
