// The house around the pages: navigation in the order of the loop, language, colours, and who is signed in.
import {
  AimOutlined, CloseOutlined, DashboardOutlined, DatabaseOutlined, DeploymentUnitOutlined, MenuOutlined, SettingOutlined,
  TeamOutlined,
} from '@ant-design/icons';
import { Button } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';
import { NavLink, useLocation } from 'react-router-dom';

import { useLocale } from '../i18n/Locale';
import type { MessageKey } from '../i18n/catalogue';
import { useTheme } from './theme';

// `inner`: a part of the page above it.
const pages: { to: string; title: MessageKey; icon?: ReactNode; inner?: boolean }[] = [
  { to: '/', title: 'ui.nav.overview', icon: <DashboardOutlined /> },
  { to: '/data', title: 'ui.nav.data', icon: <DatabaseOutlined /> },
  { to: '/data/quality', title: 'ui.nav.quality', inner: true },
  { to: '/data/reviews', title: 'ui.nav.reviews', inner: true },
  { to: '/features', title: 'ui.nav.features', inner: true },
  { to: '/people', title: 'ui.nav.people', icon: <TeamOutlined /> },
  { to: '/segments', title: 'ui.nav.segments', inner: true },
  { to: '/clusters', title: 'ui.nav.clusters', inner: true },
  { to: '/models', title: 'ui.nav.models', icon: <DeploymentUnitOutlined /> },
  { to: '/decisions', title: 'ui.nav.decisions', icon: <AimOutlined /> },
  { to: '/settings', title: 'ui.nav.settings', icon: <SettingOutlined /> },
];

export function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true" className="mark">
      <rect width="32" height="32" rx="7" />
      <path d="M6 23c5-1 6-14 10-14s5 13 10 14M6 27h20" />
    </svg>
  );
}

export function LanguageAndTheme() {
  const { t, language, setLanguage } = useLocale();
  const { name, setTheme } = useTheme();
  return (
    <div className="prefs">
      <Button
        size="small"
        lang={language === 'zh' ? 'en' : 'zh-CN'}
        aria-label={t('ui.language.hint')}
        onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}
      >
        {t('ui.language')}
      </Button>
      <Button
        size="small"
        aria-label={name === 'dark' ? t('ui.theme.toLight') : t('ui.theme.toDark')}
        onClick={() => setTheme(name === 'dark' ? 'light' : 'dark')}
      >
        {name === 'dark' ? t('ui.theme.light') : t('ui.theme.dark')}
      </Button>
    </div>
  );
}

export function Shell({ workspace, children }: { workspace: string; children: ReactNode }) {
  const { t } = useLocale();
  const location = useLocation();
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [location.key]); // also when the page chosen is the one that is open
  return (
    <div className={open ? 'shell open' : 'shell'} onKeyDown={(event) => event.key === 'Escape' && setOpen(false)}>
      <a className="skip" href="#content">{t('ui.skip')}</a>
      <aside>
        <div className="brand">
          <Mark />
          <div>
            <strong>{t('ui.product')}</strong>
            <span className="quiet">{workspace}</span>
          </div>
          <Button
            className="menu"
            type="text"
            aria-label={t('ui.menu')}
            aria-expanded={open}
            icon={open ? <CloseOutlined /> : <MenuOutlined />}
            onClick={() => setOpen(!open)}
          />
        </div>
        <nav aria-label={t('ui.nav')}>
          {pages.map((page) => (
            <NavLink key={page.to} to={page.to} end={page.to === '/' || page.to === '/data'} className={page.inner ? 'inner' : undefined}>
              {page.icon}
              <span>{t(page.title)}</span>
            </NavLink>
          ))}
        </nav>
        <LanguageAndTheme />
      </aside>
      <main id="content" tabIndex={-1}>{children}</main>
    </div>
  );
}
