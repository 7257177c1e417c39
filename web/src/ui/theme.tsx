// Light and dark: one accent (field green), greys, and semantic colours that colour-blind eyes can tell apart
// (after Okabe and Ito). The same values reach CSS as custom properties, Ant Design as tokens, and ECharts as options.
import { ConfigProvider, theme as antTheme } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';

import { useLocale } from '../i18n/Locale';

export type ThemeName = 'light' | 'dark';

export interface Palette {
  accent: string;
  accentSoft: string;
  ground: string;
  panel: string;
  line: string;
  text: string;
  quiet: string;
  holdout: string;
  up: string;
  down: string;
  warn: string;
  warnSoft: string; // behind words of warning
  bad: string;
  badSoft: string;
}

export const palettes: Record<ThemeName, Palette> = {
  light: {
    accent: '#2b7a4b', accentSoft: '#e6f2ea', ground: '#f5f6f4', panel: '#ffffff', line: '#dfe2dd', text: '#1d231f',
    quiet: '#5c665f', holdout: '#69746d', up: '#1f7a5c', down: '#b3480a', warn: '#8a5a00',
    warnSoft: '#fdf5e3', bad: '#b3261e', badSoft: '#fdecea',
  },
  dark: {
    accent: '#63bd88', accentSoft: '#1c3326', ground: '#121513', panel: '#1a1e1b', line: '#333a35', text: '#e6eae7',
    quiet: '#a0aaa3', holdout: '#98a39b', up: '#5cc8a0', down: '#f09a5b', warn: '#e0b050',
    warnSoft: '#2b2415', bad: '#f2847a', badSoft: '#2e1917',
  },
};

const kFont =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", ' +
  '"Noto Sans CJK SC", "Source Han Sans SC", sans-serif';
const kStored = 'furrow.theme';

interface ThemeState {
  name: ThemeName;
  palette: Palette;
  setTheme(name: ThemeName): void;
}

const ThemeContext = createContext<ThemeState | null>(null);

function firstTheme(): ThemeName {
  const stored = localStorage.getItem(kStored);
  if (stored === 'light' || stored === 'dark') return stored;
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function ThemeProvider({ children }: { children: ReactNode }) {
  const [name, setName] = useState(firstTheme);
  const { language } = useLocale();
  const palette = palettes[name];

  useEffect(() => {
    const root = document.documentElement;
    root.dataset.theme = name;
    root.style.colorScheme = name;
    for (const [key, value] of Object.entries(palette)) {
      root.style.setProperty(`--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, value);
    }
    root.style.setProperty('--font', kFont);
  }, [name, palette]);

  const state = useMemo<ThemeState>(
    () => ({
      name,
      palette,
      setTheme(next) {
        localStorage.setItem(kStored, next);
        setName(next);
      },
    }),
    [name, palette],
  );

  return (
    <ThemeContext.Provider value={state}>
      <ConfigProvider
        button={{ autoInsertSpace: false }}
        locale={language === 'zh' ? zhCN : enUS}
        theme={{
          algorithm: name === 'dark' ? antTheme.darkAlgorithm : antTheme.defaultAlgorithm,
          token: {
            colorPrimary: palette.accent,
            colorLink: palette.accent,
            colorText: palette.text,
            colorTextSecondary: palette.quiet,
            colorTextDescription: palette.quiet,
            colorTextPlaceholder: palette.quiet,
            colorBgLayout: palette.ground,
            colorBgContainer: palette.panel,
            colorBorderSecondary: palette.line,
            colorError: palette.bad,
            colorWarning: palette.warn,
            colorWarningBg: palette.warnSoft,
            colorErrorBg: palette.badSoft,
            colorTextLightSolid: name === 'dark' ? '#0c110e' : '#ffffff',
            borderRadius: 6,
            fontFamily: kFont,
            fontSize: 14,
            motionDurationMid: '0.1s',
            motionDurationSlow: '0.15s',
          },
        }}
      >
        {children}
      </ConfigProvider>
    </ThemeContext.Provider>
  );
}

export function useTheme(): ThemeState {
  const state = useContext(ThemeContext);
  if (!state) throw new Error('useTheme outside ThemeProvider');
  return state;
}
