import { describe, expect, it } from 'vitest';

import { makeFormat } from '../../i18n/format';
import { makeTranslate } from '../../i18n/Locale';
import { predictionInWords } from './prediction';

describe('what a model predicts', () => {
  const speak = (language: 'en' | 'zh') => makeTranslate(language, makeFormat({ language, timezone: 'UTC', currency: 'CNY' }));
  it('is said in the reader’s language', () => {
    expect(predictionInWords('Order Completed within 7d', speak('en'))).toBe('“Order Completed” within 7 days');
    expect(predictionInWords('Order Completed within 1h', speak('zh'))).toBe('1 小时内发生“Order Completed”');
    expect(predictionInWords('Signed within reason within 2w', speak('en'))).toBe('“Signed within reason” within 14 days');
    expect(predictionInWords('without Order Completed for 60d', speak('en'))).toBe('no “Order Completed” for 60 days');
    expect(predictionInWords('without Order Completed for 60d', speak('zh'))).toBe('60 天内不再发生“Order Completed”');
    expect(predictionInWords('how far a visit is', speak('en'))).toBe('how far a visit is');
  });
});
