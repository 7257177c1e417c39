import { Button, Segmented } from 'antd';

import { useGet } from '../../api/live';
import { useSession } from '../../api/session';
import type { Overview, Version } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import type { Language } from '../../i18n/message';
import { Page, Panel } from '../../ui/Page';
import { useTheme, type ThemeName } from '../../ui/theme';

export function Settings() {
  const { t, language, setLanguage } = useLocale();
  const { name, setTheme } = useTheme();
  const { access, signOut } = useSession();
  const workspace = useGet<Overview>('/v1/overview').data?.workspace;
  const version = useGet<Version>('/version').data;
  return (
    <Page title={t('settings.title')} question={t('settings.question')}>
      <div className="columns">
        <Panel title={t('settings.look')}>
          <dl className="facts">
            <div>
              <dt>{t('settings.language')}</dt>
              <dd>
                <Segmented<Language>
                  aria-label={t('settings.language')}
                  value={language}
                  onChange={setLanguage}
                  options={[{ label: 'English', value: 'en' }, { label: '中文', value: 'zh' }]}
                />
              </dd>
            </div>
            <div>
              <dt>{t('settings.colours')}</dt>
              <dd>
                <Segmented<ThemeName>
                  aria-label={t('settings.colours')}
                  value={name}
                  onChange={setTheme}
                  options={[{ label: t('ui.theme.light'), value: 'light' }, { label: t('ui.theme.dark'), value: 'dark' }]}
                />
              </dd>
            </div>
          </dl>
        </Panel>
        <Panel title={t('settings.account')}>
          <p>{t('settings.signedIn', { name: access.state === 'signed-in' ? access.session.user.name : '' })}</p>
          <Button onClick={() => void signOut()}>{t('ui.signout')}</Button>
        </Panel>
        <Panel title={t('settings.workspace')} note={t('settings.declared')}>
          <dl className="facts">
            <div><dt>{t('settings.name')}</dt><dd>{workspace?.name}</dd></div>
            <div><dt>{t('settings.timezone')}</dt><dd>{workspace?.timezone}</dd></div>
            <div><dt>{t('settings.currency')}</dt><dd>{workspace?.currency}</dd></div>
            <div><dt>{t('settings.version')}</dt><dd>{version?.version}</dd></div>
          </dl>
        </Panel>
        <Panel title={t('settings.keys')}><p>{t('settings.keysNote')}</p></Panel>
      </div>
    </Page>
  );
}
