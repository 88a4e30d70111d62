import fc from 'fast-check';
import type { Filter, FilterItem, FilterValue } from '../../rules/filter.ts';
import { anyText } from './source-object.ts';

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/);
const text = anyText(12).filter((value) => value !== '');
/** Octets that are no UTF-8: what is UTF-8 is read as text. */
const octets = fc
  .array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 16 })
  .filter((bytes) => !isUtf8(bytes));
const value: fc.Arbitrary<FilterValue> = fc.oneof(
  { weight: 4, arbitrary: text },
  octets,
  fc.constantFrom('\0', '*', '(\\)', ' a '),
);

function isUtf8(bytes: readonly number[]): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
    return true;
  } catch {
    return false;
  }
}

const item: fc.Arbitrary<FilterItem> = fc.oneof(
  fc.record({ type: fc.constant('present' as const), attribute: name }),
  fc.record({
    type: fc.constantFrom('equal' as const, 'approximate' as const, 'atLeast' as const, 'atMost' as const),
    attribute: name,
    value,
  }),
  fc
    .record({
      type: fc.constant('substrings' as const),
      attribute: name,
      initial: fc.option(value),
      any: fc.array(value, { maxLength: 3 }),
      final: fc.option(value),
    })
    .filter(({ initial, any, final }) => initial !== null || final !== null || any.length > 0),
  fc.record({
    type: fc.constant('extensible' as const),
    attribute: name,
    rule: fc.constantFrom('1.2.840.113556.1.4.803', '1.2.840.113556.1.4.804', '2.5.13.2'),
    value,
  }),
);

/** Any filter that can be written, whatever its attributes. */
export const anyFilter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter; item: FilterItem }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 5, depthIdentifier: 'filter' },
    tie('item'),
    fc.record({ type: fc.constant('not' as const), filter: tie('filter') }),
    fc.record({
      type: fc.constantFrom('and' as const, 'or' as const),
      filters: fc.array(tie('filter'), { minLength: 1, maxLength: 4, depthIdentifier: 'filter' }),
    }),
  ),
  item,
})).filter;
