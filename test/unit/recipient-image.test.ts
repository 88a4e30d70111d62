import fc from 'fast-check';
import type { AttributeImage } from '../../rules/attributes.ts';
import { attributeChange } from '../../rules/change.ts';
import { compileFlow } from '../../rules/flow.ts';
import { flowObject } from '../../rules/flow-object.ts';
import type { ObjectKind } from '../../rules/objects.ts';
import {
  plannedRecipient,
  RECIPIENT_ATTRIBUTES,
  recipientImage,
  recipientLists,
  targetOf,
} from '../../rules/recipient-image.ts';
import { anyKind, goodObject, image, type Attributes } from '../support/source-object.ts';

const flow = compileFlow('contoso');
const lists = { user: ['cn=users'], contact: ['cn=contacts'], group: ['cn=groups'] };

function recipient(kind: ObjectKind, attributes: Attributes = {}, target: string | null = null): AttributeImage {
  return recipientImage(kind, flowObject(flow, goodObject(kind, attributes)).wanted, lists, target);
}

// Shows: Kinds / mail user, mail contact, distribution group, mail-enabled security group as their images are (none)
test.each<[string, ObjectKind, Attributes, string | null, Attributes]>([
  [
    'a user whose mail goes elsewhere',
    'user',
    {},
    'SMTP:ann@elsewhere.example',
    {
      msExchRecipientTypeDetails: '128',
      msExchRecipientDisplayType: '6',
      targetAddress: 'SMTP:ann@elsewhere.example',
      showInAddressBook: 'cn=users',
    },
  ],
  ['a user whose mail goes nowhere', 'user', {}, null, {}],
  ['a user without mail', 'user', { mail: undefined }, 'SMTP:ann@elsewhere.example', {}],
  [
    'a contact',
    'contact',
    {},
    null,
    { msExchRecipientTypeDetails: '64', msExchRecipientDisplayType: '6', showInAddressBook: 'cn=contacts' },
  ],
  ['a contact whose mail goes nowhere', 'contact', { targetAddress: undefined }, null, {}],
  [
    'a list',
    'group',
    { groupType: '2' },
    null,
    { msExchRecipientTypeDetails: '256', msExchRecipientDisplayType: '1', showInAddressBook: 'cn=groups' },
  ],
  [
    'a security group',
    'group',
    { groupType: '-2147483646' },
    null,
    { msExchRecipientTypeDetails: '1024', msExchRecipientDisplayType: '1073741833', showInAddressBook: 'cn=groups' },
  ],
  ['a group without mail', 'group', { mail: undefined }, null, {}],
  [
    'a hidden list',
    'group',
    { groupType: '8', msExchHideFromAddressLists: 'TRUE' },
    null,
    { msExchRecipientTypeDetails: '256', msExchRecipientDisplayType: '1' },
  ],
])('%s', (_name, kind, attributes, target, expected) => {
  expect(recipient(kind, attributes, target)).toEqual(image(expected));
});

test.each<[string, Attributes, boolean, string | null]>([
  ['targetAddress', { targetAddress: 'SMTP:ann@elsewhere.example' }, false, 'SMTP:ann@elsewhere.example'],
  ['targetAddress without a type', { targetAddress: 'ann@elsewhere.example' }, false, 'SMTP:ann@elsewhere.example'],
  ['a mailbox in the Customer Forest', { homeMDB: 'CN=DB' }, false, 'SMTP:ann@contoso.test'],
  ['nothing', {}, false, null],
  ['targetAddress that leads here', { targetAddress: 'SMTP:ann@mgd.contoso.test' }, true, null],
])('where the mail of a user goes, by %s', (_name, attributes, leadsHere, expected) => {
  expect(targetOf(goodObject('user', attributes).attributes, leadsHere)).toBe(expected);
});

test('contacts and groups are in the lists of their own, and in those of users where none are configured', () => {
  const addressLists = ['CN=GAL, DC=x', 'cn=gal,dc=x', 'CN=All,DC=x'];
  const users = ['cn=all,dc=x', 'cn=gal,dc=x'];
  expect(recipientLists({ addressLists })).toEqual({ user: users, contact: users, group: users });
  expect(recipientLists({ addressLists, contactLists: ['CN=C,DC=x'], groupLists: [] })).toEqual({
    user: users,
    contact: ['cn=c,dc=x'],
    group: [],
  });
});

const LEGACY = '/o=F/ou=X/cn=Recipients/cn=1';

function planned(
  kind: ObjectKind,
  wanted: AttributeImage,
  managed: AttributeImage | null,
  adopted: boolean,
): AttributeImage {
  return plannedRecipient({ kind, wanted, managed, adopted, legacyExchangeDn: LEGACY });
}

test('legacyExchangeDN is made once and kept', () => {
  const wanted = recipient('group', { groupType: '8' });
  expect(planned('group', wanted, null, false)['legacyExchangeDN']).toEqual([LEGACY]);
  expect(planned('group', wanted, image({ legacyExchangeDN: '/o=Old/cn=List' }), false)).not.toHaveProperty(
    'legacyExchangeDN',
  );
});

const security = recipient('group', { groupType: '-2147483646' });

// Shows: Join / an adopted object keeps its recipient kind and legacyExchangeDN (none)
test.each<[string, ObjectKind, AttributeImage, Attributes, Attributes | null]>([
  ['a room list', 'group', security, { msExchRecipientTypeDetails: '268435456', groupType: '-2147483640' }, null],
  [
    'a user with a mailbox of which we know nothing',
    'user',
    recipient('user', {}, 'SMTP:a@b.example'),
    { msExchMailboxGuid: '0d7be4b4-2c0c-4a41-9a37-cd4dbf0dcb1c' },
    null,
  ],
  [
    'a user who has a mailbox',
    'user',
    recipient('user', {}, 'SMTP:a@b.example'),
    { msExchRecipientTypeDetails: '2' },
    null,
  ],
  [
    'a mail user',
    'user',
    recipient('user', {}, 'SMTP:a@b.example'),
    { msExchRecipientTypeDetails: '128', msExchRecipientDisplayType: '-1073741818', legacyExchangeDN: '/o=Old/cn=1' },
    { msExchRecipientTypeDetails: '128', targetAddress: 'SMTP:a@b.example', showInAddressBook: 'cn=users' },
  ],
  [
    'a group whose type changes',
    'group',
    security,
    { msExchRecipientTypeDetails: '256', msExchRecipientDisplayType: '1', legacyExchangeDN: '/o=Old', groupType: '8' },
    {
      msExchRecipientTypeDetails: '1024',
      msExchRecipientDisplayType: '1073741833',
      showInAddressBook: 'cn=groups',
    },
  ],
  [
    'a group that is no recipient yet',
    'group',
    security,
    { groupType: '-2147483640' },
    {
      msExchRecipientTypeDetails: '1024',
      msExchRecipientDisplayType: '1073741833',
      legacyExchangeDN: LEGACY,
      showInAddressBook: 'cn=groups',
    },
  ],
])('%s that was there before', (_name, kind, wanted, managed, expected) => {
  expect(planned(kind, wanted, image(managed), true)).toEqual(expected === null ? {} : image(expected));
});

test('once written nothing differs, and address lists of others stay', () => {
  fc.assert(
    fc.property(
      anyKind,
      fc.boolean(),
      fc.boolean(),
      fc.uniqueArray(fc.constantFrom('cn=users', 'cn=contacts', 'cn=groups', 'cn=by hand')),
      fc.constantFrom('1', '2', '64', '128', '256', '1024', undefined),
      (kind, adopted, hidden, shown, typeDetails) => {
        const wanted = {
          ...flowObject(flow, goodObject(kind)).wanted,
          ...recipient(kind, hidden ? { msExchHideFromAddressLists: 'TRUE' } : {}, 'SMTP:a@b.example'),
        };
        const managed = image({ msExchRecipientTypeDetails: typeDetails, showInAddressBook: shown });
        const ours = { showInAddressBook: lists[kind] };
        const change = attributeChange(flow, kind, wanted, managed, ours, planned(kind, wanted, managed, adopted));
        const after = { ...managed, ...change?.after };
        expect(after['showInAddressBook']?.includes('cn=by hand')).toBe(shown.includes('cn=by hand'));
        if (adopted && typeDetails !== undefined && !['128', '64', '256'].includes(typeDetails))
          for (const name of RECIPIENT_ATTRIBUTES.filter((one) => one !== 'targetAddress' || kind === 'user'))
            expect(after[name]).toEqual(managed[name]);
        expect(attributeChange(flow, kind, wanted, after, ours, planned(kind, wanted, after, adopted))).toBeNull();
      },
    ),
  );
});
