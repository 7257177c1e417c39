import { describe, expect, it, test } from 'vitest';

import { contextAt, inputAbout, withInputCalled } from './model_input';

const features = [{ name: 'orders_90d' }];
const actions = [{ attributes: { discount: 10, category: 'any' } }, { attributes: { discount: 0 } }];

test('an input is of the person, of the action or of the request', () => {
  expect(inputAbout('orders_90d', features, actions)).toBe('person');
  expect(inputAbout('action', features, actions)).toBe('action');
  expect(inputAbout('category', features, actions)).toBe('attribute');
  expect(inputAbout('page', features, actions)).toBe('request');
  expect(inputAbout('page', features, [])).toBe('attribute'); // no placement uses the model
  expect(inputAbout('action', [], actions)).toBe('person'); // not known yet which are features
});

test('a context is read by dotted paths', () => {
  const context = { page: 'sale', device: { type: 'phone' }, 'a.b': 1 };
  expect(contextAt(context, 'page')).toBe('sale');
  expect(contextAt(context, 'device.type')).toBe('phone');
  expect(contextAt(context, 'a.b')).toBe(1);
  expect(contextAt(context, 'device.type.of')).toBeUndefined();
  expect(contextAt(context, 'gone.away')).toBeUndefined();
  expect(contextAt(null, 'page')).toBeUndefined();
});

describe('a sentence about an input', () => {
  const call = (input: string) => ({ orders_7d: 'Orders, last 7 days', category: '“category” of the action' })[input] ?? input;
  it('calls it as people do, in both languages', () => {
    expect(withInputCalled("'orders_7d' is not as in training (PSI 0.40)", call)).toBe('“Orders, last 7 days” is not as in training (PSI 0.40)');
    expect(withInputCalled("no alarm, but 'category' has come far", call)).toBe('no alarm, but “category” of the action has come far');
    expect(withInputCalled('“orders_7d”的分布已不同于训练时', call)).toBe('“Orders, last 7 days”的分布已不同于训练时');
  });
  it('keeps what is no input, and what follows the first', () => {
    expect(withInputCalled("'Wuhan' was 10 %", call)).toBe("'Wuhan' was 10 %");
    expect(withInputCalled("'city' moved: 'orders_7d' 10 %, it's 60 %", call)).toBe("'city' moved: 'orders_7d' 10 %, it's 60 %");
    expect(withInputCalled('of 600 decisions 1 % had an outcome', call)).toBe('of 600 decisions 1 % had an outcome');
  });
});
