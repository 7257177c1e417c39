// Numbers, times and money as the reader's language and the workspace's timezone and currency write them.
import type { Language } from './message';

export interface Region {
  language: Language;
  timezone: string;
  currency: string;
}

export const locales: Record<Language, string> = { en: 'en-GB', zh: 'zh-CN' };
const kMissing = '–';
const kMinus = '−';

function minus(text: string): string {
  return text.replace(/^-/, kMinus);
}

export function makeFormat(region: Region) {
  const locale = locales[region.language];
  const number = (options: Intl.NumberFormatOptions) => {
    const format = new Intl.NumberFormat(locale, options);
    return (value: number | null | undefined) =>
      value === null || value === undefined || !Number.isFinite(value) ? kMissing : minus(format.format(value));
  };
  const when = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, { timeZone: region.timezone, hourCycle: 'h23', ...options });
    return (time: string | number | null | undefined) => {
      if (time === null || time === undefined || time === '') return kMissing;
      const date = new Date(time);
      return Number.isNaN(date.getTime()) ? kMissing : format.format(date);
    };
  };
  const integer = number({ maximumFractionDigits: 0 });
  const decimal = number({ maximumFractionDigits: 2 });
  const percent = number({ style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const signedPercentFormat = new Intl.NumberFormat(locale, {
    style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'exceptZero',
  });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const finite = (value: number | null | undefined): value is number =>
    value !== null && value !== undefined && Number.isFinite(value);
  return {
    locale,
    integer,
    decimal,
    percent,
    compact: number({ notation: 'compact', maximumFractionDigits: 1 }),
    money: number({ style: 'currency', currency: region.currency }),
    signedMoney: number({ style: 'currency', currency: region.currency, signDisplay: 'exceptZero' }),
    // Of an axis, short: +¥500, +¥1.5万.
    moneyTick: number({
      style: 'currency', currency: region.currency, currencyDisplay: 'narrowSymbol', notation: 'compact', maximumSignificantDigits: 3, signDisplay: 'exceptZero',
    }),
    // As many digits for every figure of one estimate, so that its ends can be compared.
    fixed: (digits: number, signed: boolean) =>
      number({
        minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: signed ? 'exceptZero' : 'auto',
      }),
    signedPercent: (value: number | null | undefined) =>
      finite(value) ? minus(signedPercentFormat.format(value)) : kMissing,
    // Three significant digits: scores, contributions, features.
    significant: number({ maximumSignificantDigits: 3 }),
    signedSignificant: (value: number | null | undefined) =>
      finite(value)
        ? minus(new Intl.NumberFormat(locale, { maximumSignificantDigits: 3, signDisplay: 'exceptZero' }).format(value))
        : kMissing,
    milliseconds: (value: number | null | undefined) =>
      finite(value)
        ? `${new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 }).format(value)} ms`
        : kMissing,
    date: when({ year: 'numeric', month: 'short', day: 'numeric' }),
    day: when({ month: 'short', day: 'numeric' }),
    // A day of the workspace's calendar, "2026-11-22": the same day in every zone.
    calendarDay: (day: string) =>
      new Intl.DateTimeFormat(locale, { timeZone: 'UTC', month: 'short', day: 'numeric' }).format(new Date(`${day}T00:00:00Z`)),
    dateTime: when({ year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' }),
    time: when({ hour: '2-digit', minute: '2-digit', second: '2-digit' }),
    ago(time: string | null | undefined, now: number): string {
      if (!time) return kMissing;
      const elapsed = (new Date(time).getTime() - now) / 1000;
      const size = Math.abs(elapsed);
      if (size < 60) return relative.format(Math.round(elapsed), 'second');
      if (size < 3600) return relative.format(Math.round(elapsed / 60), 'minute');
      if (size < 86400) return relative.format(Math.round(elapsed / 3600), 'hour');
      return relative.format(Math.round(elapsed / 86400), 'day');
    },
  };
}

export type Format = ReturnType<typeof makeFormat>;
