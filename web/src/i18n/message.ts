// A message in every language the dashboard speaks. TypeScript refuses one that lacks a language, and `t` refuses a key
// that is not in the catalogue; so a missing key is a failed build, not a blank on a screen.
export type Language = 'en' | 'zh';
export type Message = Record<Language, string>;
export type Values = Record<string, string | number>;

export const languages: readonly Language[] = ['en', 'zh'];

export function defineMessages<K extends string>(messages: Record<K, Message>): Record<K, Message> {
  return messages;
}

// Fills a text: `{name}` is a value; `{count|person|people}` is one of two words by the language's plural rule.
export function fill(text: string, values: Values, locale: string, counts: Values = values): string {
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, other?: string) => {
    if (one !== undefined && other !== undefined) {
      return new Intl.PluralRules(locale).select(Number(counts[name])) === 'one' ? one : other;
    }
    const value = values[name];
    return value === undefined ? whole : String(value);
  });
}
