// What people call a declared model or placement: its description in the reader's language, else its name.
import { useGet } from '../api/live';
import type { ModelSummary, SegmentList } from '../api/types';
import { useLocale } from '../i18n/Locale';
import type { Language } from '../i18n/message';

export interface Described {
  name: string;
  description: string | null;
  descriptionZh: string | null;
}

export function plainName(declared: Described, language: Language): string {
  return (language === 'zh' ? declared.descriptionZh : null) || declared.description || declared.name;
}

// What to call a person: the name, when there is anything to see in it, else the first identifier with that, else what is given.
export function personName(person: { name: string | null; identifiers: { value: string }[] }, otherwise: string): string {
  const known = [person.name, ...person.identifiers.map((one) => one.value)].find((text) => text && /[^\s\p{C}\u115f\u1160\u3164\uffa0]/u.test(text));
  // A turn of the writing direction would carry on into the words around the name.
  return known?.replace(/[\u202a-\u202e\u2066-\u2069]/gu, '') ?? otherwise;
}

// Why a deciding model is not to be trusted as its figures say; the note of an old alarm is in English only.
export function alarmIn(model: { alarm: string | null; alarmZh: string | null }, language: Language): string | null {
  return (language === 'zh' ? model.alarmZh : null) ?? model.alarm;
}

export function useModelName(): (name: string) => string {
  const { language } = useLocale();
  const models = useGet<{ models: ModelSummary[] }>('/v1/models').data?.models ?? [];
  return (name) => {
    const model = models.find((one) => one.name === name);
    return model ? plainName(model, language) : name;
  };
}

export function useSegmentName(): (name: string) => string {
  const { language } = useLocale();
  const segments = useGet<SegmentList>('/v1/segments').data?.segments ?? [];
  return (name) => {
    const segment = segments.find((one) => one.name === name);
    return segment ? plainName(segment, language) : name;
  };
}
