import fc from 'fast-check';
import { attribute } from '../../rules/attributes.ts';
import { compileFlow, flowOwned } from '../../rules/flow.ts';
import { mailboxImage, SELF } from '../../rules/mailbox.ts';

const facts = {
  mailboxGuid: '0d7be4b4-2c0c-4a41-9a37-cd4dbf0dcb1c',
  database: 'CN=DB01',
  legacyExchangeDn: '/o=Fabrikam/ou=X/cn=Recipients/cn=1',
  createdAt: '20260801120000.0Z',
};
const context = {
  sourceSid: 'S-1-5-21-1-2-3-1104',
  homeServer: '/o=Fabrikam/cn=EX01',
  quotaBytes: 50n * 1024n ** 3n,
  addressLists: ['CN=B', 'CN=A'],
  roomLists: ['CN=Rooms'],
  hidden: false,
  capacity: null,
};

test('a linked mailbox belongs to the source account by its SID and has its quotas in KiB', () => {
  expect(mailboxImage(facts, context)).toEqual({
    msExchMasterAccountSid: ['S-1-5-21-1-2-3-1104'],
    msExchMailboxGuid: [facts.mailboxGuid],
    homeMDB: ['CN=DB01'],
    msExchHomeServerName: ['/o=Fabrikam/cn=EX01'],
    legacyExchangeDN: [facts.legacyExchangeDn],
    msExchRecipientTypeDetails: ['2'],
    msExchRecipientDisplayType: ['1073741824'],
    msExchUserAccountControl: ['2'],
    msExchWhenMailboxCreated: [facts.createdAt],
    mDBUseDefaults: ['FALSE'],
    mDBStorageQuota: ['51380224'],
    mDBOverQuotaLimit: ['51904512'],
    mDBOverHardQuotaLimit: ['52428800'],
    showInAddressBook: ['CN=A', 'CN=B'],
    targetAddress: [],
    msExchResourceMetaData: [],
    msExchResourceSearchProperties: [],
    msExchResourceDisplay: [],
    msExchResourceCapacity: [],
  });
});

test('without a size the database’s limits count, and old ones are cleared', () => {
  expect(mailboxImage(facts, { ...context, quotaBytes: null })).toMatchObject({
    mDBUseDefaults: ['TRUE'],
    mDBStorageQuota: [],
    mDBOverQuotaLimit: [],
    mDBOverHardQuotaLimit: [],
  });
});

test('who is hidden is in no address list', () => {
  expect(mailboxImage(facts, { ...context, hidden: true })['showInAddressBook']).toEqual([]);
});

test('for every size the warning comes before sending stops, and that before receiving does', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1024n ** 2n, max: 2047n * 1024n ** 3n }), (quotaBytes) => {
      const image = mailboxImage(facts, { ...context, quotaBytes });
      const [warn, send, receive] = ['mDBStorageQuota', 'mDBOverQuotaLimit', 'mDBOverHardQuotaLimit'].map((name) =>
        Number(image[name]?.[0]),
      ) as [number, number, number];
      expect(warn).toBeLessThan(send);
      expect(send).toBeLessThan(receive);
      expect(receive).toBe(Number(quotaBytes / 1024n));
      expect(receive).toBeLessThan(2 ** 31);
    }),
  );
});

// Shows: Flow / one owner per attribute: services and flow share none (none)
test('an attribute has one owner: none of the mailbox’s is flow’s', () => {
  for (const name of Object.keys(mailboxImage(facts, context))) {
    expect(flowOwned(compileFlow('contoso'), 'user')).not.toContain(name);
    expect(attribute(name)?.name).toBe(name);
  }
});

// Shows: Kinds / each kind of mailbox has its recipient type, its owner, and what a resource says of itself (none)
test.each([
  ['linked', '2', '1073741824', context.sourceSid, null],
  ['sharedLinked', '2', '1073741824', context.sourceSid, null],
  ['shared', '4', '1073741824', SELF, null],
  ['room', '16', '7', SELF, 'Room'],
  ['equipment', '32', '8', SELF, 'Equipment'],
  ['lyncRoom', '2199023255552', '7', context.sourceSid, 'Room'],
] as const)('a mailbox of the kind %s', (recipient, typeDetails, displayType, owner, resource) => {
  expect(mailboxImage({ ...facts, recipient }, { ...context, capacity: 15 })).toMatchObject({
    msExchRecipientTypeDetails: [typeDetails],
    msExchRecipientDisplayType: [displayType],
    msExchMasterAccountSid: [owner],
    msExchResourceMetaData: resource === null ? [] : [`ResourceType:${resource}`],
    msExchResourceSearchProperties: resource === null ? [] : [resource],
    msExchResourceDisplay: resource === null ? [] : [resource],
    msExchResourceCapacity: resource === null ? [] : ['15'],
    showInAddressBook: resource === 'Room' ? ['CN=A', 'CN=B', 'CN=Rooms'] : ['CN=A', 'CN=B'],
  });
});

test('what a resource that was there before says of itself is left as it is', () => {
  const adopted = {
    ...{ recipientTypeDetails: '16', recipientDisplayType: '7', masterAccountSid: SELF, sourceSid: context.sourceSid },
  };
  const image = mailboxImage({ ...facts, adopted }, context);
  expect(Object.keys(image).filter((name) => name.startsWith('msExchResource'))).toEqual([]);
  expect(image['showInAddressBook']).toContain('CN=Rooms');
});
