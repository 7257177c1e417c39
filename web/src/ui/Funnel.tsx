// The loop's data as a living diagram: stages from left to right, with a stream between them that moves while data flows.
import { Fragment, type ReactNode } from 'react';
import { Link } from 'react-router-dom';

export interface Stage {
  key: string;
  label: string;
  value: string;
  detail?: ReactNode;
  to: string;
  flowing?: boolean; // out of this stage, now
  side?: { text: string; to: string };
}

export function Funnel({ stages }: { stages: Stage[] }) {
  return (
    <ol className="funnel">
      {stages.map((stage, index) => (
        <Fragment key={stage.key}>
          <li className="stage">
            <Link to={stage.to}>
              <span className="stage-label">{stage.label}</span>
              <span className="stage-value">{stage.value}</span>
            </Link>
            <span className="stage-detail">{stage.detail}</span>
            {stage.side && <Link className="stage-side" to={stage.side.to}>{stage.side.text}</Link>}
          </li>
          {index < stages.length - 1 && (
            <li className={stage.flowing ? 'stream flowing' : 'stream'} aria-hidden="true">
              <svg viewBox="0 0 60 40" preserveAspectRatio="none">
                <path className="bed" d="M0 20h52" />
                <path className="water" d="M0 20h52" />
                <path className="tip" d="M50 12l9 8-9 8z" />
              </svg>
            </li>
          )}
        </Fragment>
      ))}
    </ol>
  );
}
