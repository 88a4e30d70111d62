import fc from 'fast-check';
import type { AttributeImage } from '../../rules/attributes.ts';
import { flowImage } from '../../rules/change.ts';
import {
  ended,
  ENDING_ATTRIBUTES,
  givenBack,
  heldBack,
  holdingOf,
  inactiveMailbox,
  onLitigationHold,
} from '../../rules/deprovisioned.ts';
import { compileFlow } from '../../rules/flow.ts';
import type { End } from '../../rules/transitions.ts';

const ENDS: readonly End[] = ['mailUser', 'mailDisable', 'remove', 'removeGroup'];
const flow = compileFlow('contoso');

/** Any values of the attributes that an end may change. */
const anyImage = fc.record(
  Object.fromEntries(
    ENDING_ATTRIBUTES.map((name) => [name, fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 2 })]),
  ),
) as fc.Arbitrary<AttributeImage>;

// Shows: Deprovisioning / given back is what was there, attribute by attribute (none)
test('what an end takes is what giving back restores, whatever the object had', () => {
  fc.assert(
    fc.property(anyImage, fc.constantFrom(...ENDS, null), fc.boolean(), (had, end, wasInactive) => {
      const inactive = { ...had, ...inactiveMailbox('20260101000000.0Z') };
      const taken = end === null ? inactive : { ...(wasInactive ? inactive : had), ...ended(end, had, wasInactive) };
      expect({ ...taken, ...givenBack(end, had, {}) }).toEqual(had);
    }),
  );
});

test('what flow owns is given back as the source object wants it by now, and an address of somebody else stays', () => {
  const had = {
    mail: ['old@contoso.test'],
    proxyAddresses: ['SMTP:old@contoso.test', 'x500:/o=elsewhere'],
    msExchHideFromAddressLists: ['TRUE'],
  };
  const wanted = { mail: ['new@contoso.test'], proxyAddresses: ['SMTP:new@contoso.test'] };
  const ours = { proxyAddresses: ['SMTP:old@contoso.test'] };
  expect(givenBack('mailDisable', had, flowImage(flow, 'user', wanted, had, ours))).toMatchObject({
    mail: ['new@contoso.test'],
    proxyAddresses: ['SMTP:new@contoso.test', 'x500:/o=elsewhere'],
    msExchHideFromAddressLists: [],
  });
});

test('a mailbox that is inactive, and who is hidden or mail-disabled, is not shown or addressed again by the flow', () => {
  expect(heldBack(null, {})).toContain('msExchHideFromAddressLists');
  expect(heldBack('remove', {})).toContain('msExchHideFromAddressLists');
  expect(heldBack('mailDisable', {})).toEqual(expect.arrayContaining(['mail', 'proxyAddresses', 'targetAddress']));
  // The person of a mailbox that was removed goes on flowing.
  for (const name of ['mail', 'proxyAddresses', 'msExchHideFromAddressLists'])
    expect(heldBack('mailUser', { msExchMailboxGuid: ['1'] })).not.toContain(name);
});

// Shows: Deprovisioning / the marks of a litigation hold and of an inactive mailbox, by Exchange's own flags (none)
test('a litigation hold is told by its date, by a policy or by its bit, and an inactive mailbox by its own', () => {
  expect(onLitigationHold({ msExchELCMailboxFlags: ['24'] })).toBe(true);
  expect(onLitigationHold({ msExchELCMailboxFlags: ['16'] })).toBe(false);
  expect(onLitigationHold({ msExchLitigationHoldDate: ['20260101000000.0Z'] })).toBe(true);
  expect(onLitigationHold({ msExchUserHoldPolicies: ['mbx1'] })).toBe(true);
  const mailbox = { msExchMailboxGuid: ['1'], msExchRecipientTypeDetails: ['2'] };
  expect(holdingOf('user', { ...mailbox, msExchRecipientSoftDeletedStatus: ['8'] })).toBe('inactive');
  expect(holdingOf('user', { ...mailbox, msExchRecipientSoftDeletedStatus: ['0'] })).toBe('linked');
});
