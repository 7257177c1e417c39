import { expect, test } from 'vitest';

import { contextAt, inputAbout } from './model_input';

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
