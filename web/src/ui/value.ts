// Any JSON value as a short text.
import type { Format } from '../i18n/format';

export function showValue(value: unknown, format: Format): string {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'number') return format.decimal(value);
  if (typeof value === 'string') return value;
  return JSON.stringify(value);
}
