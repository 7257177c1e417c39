// The frame of every page: where you are, its name, the one question it answers, and whether its data is live.
import { PauseOutlined, CaretRightOutlined } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { useEffect, type ReactNode } from 'react';
import { Link } from 'react-router-dom';

import { useLiveState } from '../api/live';
import { useLocale } from '../i18n/Locale';

export interface Crumb {
  title: string;
  to: string;
}

interface PageProps {
  title: string;
  question: string;
  crumbs?: Crumb[];
  // When the data was current, in ms; makes the page a live one.
  liveAt?: number;
  actions?: ReactNode;
  children: ReactNode;
}

function LiveMark({ at }: { at: number }) {
  const { t, format } = useLocale();
  const { paused, held, hold } = useLiveState();
  return (
    <div className="live">
      <span className={paused ? 'live-dot paused' : 'live-dot'} aria-hidden="true" />
      <span>
        {paused ? t('ui.paused') : t('ui.live')}
        {at > 0 && <span className="quiet"> · {t('ui.live.at', { time: format.time(at) })}</span>}
      </span>
      <Tooltip title={held ? t('ui.resume') : t('ui.pause')}>
        <Button
          type="text"
          size="small"
          aria-label={held ? t('ui.resume') : t('ui.pause')}
          icon={held ? <CaretRightOutlined /> : <PauseOutlined />}
          onClick={() => hold(!held)}
        />
      </Tooltip>
    </div>
  );
}

export function Page({ title, question, crumbs = [], liveAt, actions, children }: PageProps) {
  const { t } = useLocale();
  useEffect(() => {
    document.title = `${title} · ${t('ui.product')}`;
  }, [title, t]);
  return (
    <>
      {crumbs.length > 0 && (
        <nav aria-label={t('ui.breadcrumb')} className="crumbs">
          <ol>
            {crumbs.map((crumb) => (
              <li key={crumb.to}>
                <Link to={crumb.to}>{crumb.title}</Link>
              </li>
            ))}
            <li aria-current="page">{title}</li>
          </ol>
        </nav>
      )}
      <header className="page-head">
        <div>
          <h1>{title}</h1>
          <p className="question">{question}</p>
        </div>
        <div className="page-tools">
          {actions}
          {liveAt !== undefined && <LiveMark at={liveAt} />}
        </div>
      </header>
      {children}
    </>
  );
}

// The answer to the page's question: one sentence with a number, and the picture that shows it.
export function Answer({ sentence, note, tone, children }: {
  sentence: ReactNode;
  note?: ReactNode;
  tone?: 'good' | 'bad' | 'open';
  children?: ReactNode;
}) {
  return (
    <section className={`answer ${tone ?? 'plain'}`}>
      <p className="sentence">{sentence}</p>
      {note && <p className="note">{note}</p>}
      {children}
    </section>
  );
}

export function Panel({ title, id, note, tools, children }: {
  title: string;
  id?: string; // a part of the address that leads here
  note?: ReactNode;
  tools?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="panel" id={id}>
      <div className="panel-head">
        <h2>{title}</h2>
        {tools}
      </div>
      {note && <p className="note">{note}</p>}
      {children}
    </section>
  );
}

export interface Stat {
  label: string;
  value: ReactNode;
  to?: string;
  hint?: string;
}

// Figures in a row; each opens where it comes from.
export function Stats({ items }: { items: Stat[] }) {
  return (
    <dl className="stats">
      {items.map((item) => (
        <div key={item.label}>
          <dt title={item.hint}>{item.label}</dt>
          <dd>{item.to ? <Link to={item.to}>{item.value}</Link> : item.value}</dd>
        </div>
      ))}
    </dl>
  );
}
