import { describe, expect, it } from 'vitest';

import { countedFrom, countedName, countedReady, declarationOf, firstCounted } from './counted';
import { draftYaml } from './rule';

const carts = { ...firstCounted('Product Added', 'count'), where: 'price > 50', days: 7 };

describe('a counted condition', () => {
  it('has a name that says what it counts and that is free', () => {
    expect(countedName(carts, [])).toBe('product_added_some_7d');
    expect(countedName(carts, ['product_added_some_7d'])).toBe('product_added_some_7d_2');
    expect(countedName({ ...firstCounted('加入购物车', 'sum'), property: 'price', days: 0 }, [])).toBe('加入购物车_sum_price');
    expect(countedName(firstCounted('3D viewed', 'distinct_days'), [])).toBe('_3d_viewed_days_30d');
  });
  it('is a feature with a default of nothing', () => {
    expect(declarationOf('x', carts)).toEqual({ name: 'x', event: 'Product Added', where: 'price > 50', aggregate: 'count', window: '7d', default: 0 });
    expect(declarationOf('y', { ...firstCounted('Order', 'sum'), property: 'total', days: 0 })).toEqual({ name: 'y', event: 'Order', aggregate: 'sum(total)', default: 0 });
  });
  it('is ready when it says what to sum', () => {
    expect(countedReady(firstCounted('Order', 'sum'))).toBe(false);
    expect(countedReady(carts)).toBe(true);
    expect(countedReady(firstCounted('', 'count'))).toBe(false);
  });
  it('survives the address, and nonsense there does no harm', () => {
    expect(countedFrom(JSON.stringify({ x: carts }))).toEqual({ x: carts });
    expect(countedFrom('{"x":{"event":1},"y":null}')).toEqual({});
    expect(countedFrom('nonsense')).toEqual({});
  });
  it('stands in the draft under its segment', () => {
    const yaml = draftYaml({ name: 'a', rule: 'x >= 3', description: '', owner: '', features: [declarationOf('x', carts)] });
    expect(yaml).toContain("    features:\n      - {name: 'x', event: 'Product Added', where: 'price > 50', aggregate: 'count', window: '7d', default: 0}\n");
  });
});
