// A fault in one page must not take the house down: the navigation stays, and the fault is named.
import { Alert } from 'antd';
import { Component, type ReactNode } from 'react';
import { useLocation } from 'react-router-dom';

import { useLocale } from '../i18n/Locale';

class Catch extends Component<{ fallback: (error: Error) => ReactNode; children: ReactNode }, { error?: Error }> {
  state: { error?: Error } = {};
  static getDerivedStateFromError(error: Error) {
    return { error };
  }
  render() {
    return this.state.error ? this.props.fallback(this.state.error) : this.props.children;
  }
}

export function Boundary({ children }: { children: ReactNode }) {
  const { t } = useLocale();
  const { pathname } = useLocation();
  return (
    <Catch
      key={pathname}
      fallback={(error) => (
        <Alert
          type="error"
          showIcon
          role="alert"
          message={t('ui.error.page')}
          description={
            <>
              <p>{t('ui.error.pageHint')}</p>
              <pre>{error.message}</pre>
            </>
          }
        />
      )}
    >
      {children}
    </Catch>
  );
}
