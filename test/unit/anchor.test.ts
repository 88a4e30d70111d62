import fc from 'fast-check';
import { formatAnchor, parseAnchor } from '../../rules/anchor.ts';
import { anyGuid } from '../support/source-object.ts';

const guid = '0d7be4b4-2c0c-4a41-9a37-cd4dbf0dcb1c';

test('an anchor reads as customer, forest and objectGUID', () => {
  expect(formatAnchor({ customer: 'contoso', forest: 'corp', guid })).toBe(`contoso/corp/${guid}`);
});

test('what is written is read back, so that a lost database can be rebuilt', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/);
  fc.assert(
    fc.property(name, name, anyGuid, (customer, forest, anchored) => {
      const anchor = { customer, forest, guid: anchored };
      expect(parseAnchor(formatAnchor(anchor))).toEqual(anchor);
    }),
  );
});

test.each([
  ['of another engine', 'AAAAAAAAAAAAAAAAAAAAAA=='],
  ['empty', ''],
  ['with a part missing', `contoso/${guid}`],
  ['with a part too many', `a/b/c/${guid}`],
  ['with something before it', ` contoso/corp/${guid}`],
  ['with something after it', `contoso/corp/${guid}\n`],
  ['with a GUID in capitals', `contoso/corp/${guid.toUpperCase()}`],
  ['with half a GUID', `contoso/corp/${guid.slice(0, 23)}`],
  ['with a name in capitals', `Contoso/corp/${guid}`],
  ['with a customer that is too long', `${'c'.repeat(32)}/corp/${guid}`],
  ['with a forest that is too long', `contoso/${'c'.repeat(32)}/${guid}`],
])('a value %s is none of ours', (_what, text) => {
  expect(parseAnchor(text)).toBeNull();
});
