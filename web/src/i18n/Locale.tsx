// The reader's language, and the functions that speak it.
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';

import { catalogue, type MessageKey } from './catalogue';
import { locales, makeFormat, type Format } from './format';
import { fill, languages, type Language, type Values } from './message';

export type Translate = (key: MessageKey, values?: Values) => string;

export interface Locale {
  language: Language;
  setLanguage(language: Language): void;
  // The workspace decides these; until it is known, the browser does.
  setRegion(region: { timezone: string; currency: string; language: string }): void;
  timezone: string;
  t: Translate;
  format: Format;
}

const kStored = 'furrow.language';

export function makeTranslate(language: Language, format: Format): Translate {
  return (key, values = {}) => {
    const shown: Values = {};
    for (const [name, value] of Object.entries(values)) {
      shown[name] = typeof value === 'number' ? format.integer(value) : value;
    }
    return fill(catalogue[key][language], shown, locales[language], values);
  };
}

function storedLanguage(): Language | undefined {
  const stored = localStorage.getItem(kStored);
  return languages.find((language) => language === stored);
}

const LocaleContext = createContext<Locale | null>(null);

export function LocaleProvider({ children }: { children: ReactNode }) {
  const [chosen, setChosen] = useState(storedLanguage);
  const [region, setRegion] = useState<{ timezone: string; currency: string; language: string }>();
  const fallback: Language = (region?.language ?? navigator.language).startsWith('zh') ? 'zh' : 'en';
  const language = chosen ?? fallback;
  const timezone = region?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const currency = region?.currency ?? 'CNY';

  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  }, [language]);

  const locale = useMemo<Locale>(() => {
    const format = makeFormat({ language, timezone, currency });
    return {
      language,
      timezone,
      format,
      t: makeTranslate(language, format),
      setLanguage(next) {
        localStorage.setItem(kStored, next);
        setChosen(next);
      },
      setRegion(next) {
        setRegion((now) =>
          now && now.timezone === next.timezone && now.currency === next.currency && now.language === next.language
            ? now
            : next,
        );
      },
    };
  }, [language, timezone, currency]);
  return <LocaleContext.Provider value={locale}>{children}</LocaleContext.Provider>;
}

export function useLocale(): Locale {
  const locale = useContext(LocaleContext);
  if (!locale) throw new Error('useLocale outside LocaleProvider');
  return locale;
}
