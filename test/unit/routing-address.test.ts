import fc from 'fast-check';
import { smtpDomain } from '../../rules/addresses.ts';
import { routingAddress, withRouting } from '../../rules/routing-address.ts';
import { image, type Attributes } from '../support/source-object.ts';

const DOMAIN = 'mgd.contoso.test';

// Shows: Kinds / routing address: what targetAddress says, or the mail nickname in its best-fit ASCII form (none)
test.each<[Attributes, boolean, string | null]>([
  [{ mailNickname: 'ann' }, false, 'smtp:ann@mgd.contoso.test'],
  [{ mailNickname: 'j.müller' }, false, 'smtp:j.muller@mgd.contoso.test'],
  [{ mailNickname: 'Øyvind.Þór' }, false, 'smtp:Oyvind.Tor@mgd.contoso.test'],
  [{ mailNickname: 'straße' }, false, 'smtp:strase@mgd.contoso.test'],
  [{ mailNickname: 'a.¿.b' }, false, 'smtp:a.b@mgd.contoso.test'],
  [{ mailNickname: '¿' }, false, null],
  [{}, false, null],
  [{ mailNickname: 'ann', targetAddress: 'SMTP:A.Smith@mgd.contoso.test' }, true, 'smtp:A.Smith@mgd.contoso.test'],
])('%j', (attributes, leadsHere, expected) => {
  expect(routingAddress(image(attributes), DOMAIN, leadsHere)).toBe(expected);
});

test('without a routing domain there is none', () => {
  expect(routingAddress(image({ mailNickname: 'ann' }), undefined, false)).toBeNull();
});

test('every routing address is well-formed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 64 }), (mailNickname) => {
      const address = routingAddress(image({ mailNickname }), DOMAIN, false);
      expect(address === null || smtpDomain(address.slice('smtp:'.length)) === DOMAIN).toBe(true);
    }),
  );
});

test('it is a further address, and none is there twice', () => {
  expect(withRouting(['SMTP:ann@contoso.test'], 'smtp:ann@mgd.contoso.test')).toEqual([
    'SMTP:ann@contoso.test',
    'smtp:ann@mgd.contoso.test',
  ]);
  expect(withRouting(['SMTP:Ann@mgd.contoso.test'], 'smtp:ann@mgd.contoso.test')).toEqual([
    'SMTP:Ann@mgd.contoso.test',
  ]);
});
