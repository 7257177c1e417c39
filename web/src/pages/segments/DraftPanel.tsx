// What is saved: the declaration to put into the workspace. Like models and placements, segments are declared in files.
import { CheckOutlined, CopyOutlined } from '@ant-design/icons';
import { Button, Input } from 'antd';
import { useState } from 'react';

import { useLocale } from '../../i18n/Locale';
import { Panel } from '../../ui/Page';
import type { FeatureDeclaration } from './counted';
import { draftYaml, fileNameOf } from './rule';

export function DraftPanel({ rule, features, from, taken }: { rule: string; features: FeatureDeclaration[]; from: string; taken: string[] }) {
  const { t } = useLocale();
  const [name, setName] = useState(from || '');
  const [description, setDescription] = useState('');
  const [owner, setOwner] = useState('');
  const [copied, setCopied] = useState('');
  const shown = name.trim() || 'my_segment';
  const yaml = draftYaml({ name: shown, rule, description: description.trim(), owner: owner.trim(), features });
  const field = (label: string, value: string, change: (value: string) => void) => (
    <label>
      <span>{label}</span>
      <Input value={value} onChange={(event) => change(event.target.value)} />
    </label>
  );
  return (
    <Panel
      title={t('builder.draft')}
      note={t('builder.draftNote', { file: fileNameOf(shown) })}
      tools={
        <Button
          size="small"
          icon={copied === yaml ? <CheckOutlined /> : <CopyOutlined />}
          onClick={() => void navigator.clipboard?.writeText(yaml).then(() => setCopied(yaml))}
        >
          {t(copied === yaml ? 'builder.copied' : 'builder.copy')}
        </Button>
      }
    >
      <div className="draft-fields">
        {field(t('builder.name'), name, setName)}
        {field(t('builder.description'), description, setDescription)}
        {field(t('builder.owner'), owner, setOwner)}
      </div>
      {taken.includes(shown) && <p className="note">{t('builder.taken')}</p>}
      <pre className="draft">{yaml}</pre>
    </Panel>
  );
}
