import { expect, test } from 'vitest';

import { reasonOfAction } from './of_action';

const features = [{ name: 'orders_90d' }];
const action = { id: 'ten_off', name: '10 % off', nameZh: '九折', attributes: { discount: 10, category: 'any' }, cost: 0 };

test('a feature speaks of the person, everything else of the action', () => {
  expect(reasonOfAction('orders_90d', features, action)).toBeUndefined();
  expect(reasonOfAction('action', features, action)).toEqual({ about: 'action', value: 'ten_off' });
  expect(reasonOfAction('discount', features, action)).toEqual({ about: 'attribute', value: '10' });
  expect(reasonOfAction('gone', features, action)).toEqual({ about: 'attribute', value: null });
  expect(reasonOfAction('action', features, undefined)).toEqual({ about: 'action', value: null });
  expect(reasonOfAction('action', [], action)).toBeUndefined(); // not known yet which are features
});
