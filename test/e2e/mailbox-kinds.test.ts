import type { AttributeImage } from '../../rules/attributes.ts';
import { SELF } from '../../rules/mailbox.ts';
import { done } from '../support/directory-sandbox.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

/** Kinds of mailboxes as a customer asks for them, and what Exchange tells them apart by. */
const KINDS = {
  Linked: { value: 'MBX=50GB;Type=EP2D;REG=EU;', details: '2', display: '1073741824', ownsIt: true },
  'Shared linked': { value: 'MBX=10GB;TYPE=EP2D;REG=NA;SharedMbx;', details: '2', display: '1073741824', ownsIt: true },
  Shared: { value: 'MBX=25GB;REG=NA;TYPE=SHARED;', details: '4', display: '1073741824', ownsIt: false },
  Room: { value: 'reg=NA;resmbx=roomrba(CAP=15)', details: '16', display: '7', ownsIt: false, is: 'Room', seats: '15' },
  Equipment: {
    value: 'TYPE=RESOURCE;RESMBX=EQUIPRBA;MBX=10GB;',
    details: '32',
    display: '8',
    ownsIt: false,
    is: 'Equipment',
  },
  'Lync room': { value: 'MBX=5GB;RESMBX=LRSRoom', details: '2199023255552', display: '7', ownsIt: true, is: 'Room' },
} as const;
type Kind = keyof typeof KINDS;
const names = Object.keys(KINDS) as Kind[];

const MAILBOX = [
  ...['msExchMasterAccountSid', 'msExchRecipientTypeDetails', 'msExchRecipientDisplayType', 'msExchUserAccountControl'],
  ...['msExchResourceMetaData', 'msExchResourceSearchProperties', 'msExchResourceDisplay', 'msExchResourceCapacity'],
  ...['mDBUseDefaults', 'mDBStorageQuota', 'mDBOverQuotaLimit', 'mDBOverHardQuotaLimit', 'userAccountControl'],
  ...['msExchHomeServerName', 'msExchWhenMailboxCreated', 'msExchMailboxGuid', 'legacyExchangeDN', 'targetAddress'],
  ...['mail', 'mailNickname', 'proxyAddresses', 'msExchHideFromAddressLists'],
];
const LASTING = ['msExchMailboxGuid', 'homeMDB', 'legacyExchangeDN'];

let product: Product;
let roomList: string;

beforeAll(async () => {
  product = await openProduct({
    change: (configuration) => {
      const { exchange } = configuration;
      // Any other object will do for a list.
      roomList = exchange.addressLists.at(-1) ?? '';
      return {
        ...configuration,
        exchange: { ...exchange, addressLists: exchange.addressLists.slice(0, 1), roomLists: [roomList] },
      };
    },
  });
  const alias = aliasesOf(product);
  for (const name of names)
    await product.source.add(
      'user',
      name,
      mailUser(alias(name.replaceAll(' ', '')), { extensionAttribute9: [KINDS[name].value] }),
    );
  expect((await product.cycle()).counts).toMatchObject({
    provisioned: names.length,
    blocked: 0,
    errors: 0,
    unconfirmed: 0,
  });
});

afterAll(() => product.dispose());

/** The quotas of a mailbox of some GiB, in KiB. */
function quotas(gib: number | null): AttributeImage {
  const kib = (percent: number): string[] =>
    gib === null ? [] : [String(Math.floor((gib * 1024 * 1024 * percent) / 100))];
  const shown = {
    mDBUseDefaults: [gib === null ? 'TRUE' : 'FALSE'],
    ...{ mDBStorageQuota: kib(98), mDBOverQuotaLimit: kib(99), mDBOverHardQuotaLimit: kib(100) },
  };
  return Object.fromEntries(Object.entries(shown).filter(([, values]) => values.length > 0));
}

// Shows: Kinds / each kind of mailbox, attribute by attribute: owner, recipient type, resource, quotas, region, address lists (samba)
test.each(names)('%s', async (name) => {
  const kind: { readonly is?: string; readonly seats?: string } & (typeof KINDS)[Kind] = KINDS[name];
  const entry = (await product.managedObjects([...MAILBOX, ...LASTING, 'showInAddressBook'])).get(name);
  const source = await product.source.writer.reader.read({ dn: product.source.dn(name) }, ['objectSid']);
  const alias = aliasesOf(product)(name.replaceAll(' ', ''));
  const { exchange } = product.configuration;
  const size = /MBX=(\d+)GB/.exec(kind.value)?.[1];
  const shown = Object.fromEntries(Object.entries(entry?.attributes ?? {}).filter(([key]) => MAILBOX.includes(key)));
  expect(shown).toEqual({
    userAccountControl: ['514'],
    mail: [`${alias}@contoso.test`],
    mailNickname: [alias],
    proxyAddresses: [`SMTP:${alias}@contoso.test`],
    msExchHomeServerName: [exchange.homeServer],
    msExchWhenMailboxCreated: [expect.stringMatching(/^20\d{12}\.0Z$/)],
    msExchMailboxGuid: [expect.stringMatching(/^[0-9a-f]{8}-/)],
    legacyExchangeDN: [expect.stringMatching(/\/cn=Recipients\/cn=[0-9a-f]{32}$/)],
    msExchMasterAccountSid: kind.ownsIt ? source?.attributes['objectSid'] : [SELF],
    msExchRecipientTypeDetails: [kind.details],
    msExchRecipientDisplayType: [kind.display],
    msExchUserAccountControl: ['2'],
    ...(kind.is === undefined
      ? {}
      : {
          msExchResourceMetaData: [`ResourceType:${kind.is}`],
          msExchResourceSearchProperties: [kind.is],
          msExchResourceDisplay: [kind.is],
        }),
    ...(kind.seats === undefined ? {} : { msExchResourceCapacity: [kind.seats] }),
    ...quotas(size === undefined ? null : Number(size)),
  });
  expect(entry?.links['homeMDB']?.[0]?.dn).toContain(/REG=NA/i.test(kind.value) ? 'CN=NA-' : 'CN=EU-');
  const lists = (entry?.links['showInAddressBook'] ?? []).map((link) => link.dn);
  expect(lists.includes(roomList)).toBe(kind.is === 'Room');
  expect(lists).toHaveLength(kind.is === 'Room' ? 2 : 1);
});

// Shows: Kinds / a room that grows has its new capacity; what was decided for life stays, and a second cycle writes nothing (samba)
test('capacity follows the source, and nothing else changes', async () => {
  const before = await product.managedObjects(LASTING);
  await done(
    product.source.writer.modify({ dn: product.source.dn('Room') }, [
      { operation: 'replace', attribute: 'extensionAttribute9', values: ['reg=NA;resmbx=roomrba(CAP=40)'] },
    ]),
  );
  expect((await product.cycle()).counts).toMatchObject({ started: 1, blocked: 0, unconfirmed: 0 });
  const room = (await product.managedObjects(['msExchResourceCapacity'])).get('Room');
  expect(room?.attributes['msExchResourceCapacity']).toEqual(['40']);
  expect(await product.managedObjects(LASTING)).toEqual(before);
  expect((await product.cycle()).counts).toMatchObject({ started: 0, planned: 0 });
});

// Shows: Kinds / who is hidden from address lists is in none, and comes back (samba)
test('a mailbox that is hidden is in no address list until it is shown again', async () => {
  const hide = (values: readonly string[]): Promise<void> =>
    done(
      product.source.writer.modify({ dn: product.source.dn('Room') }, [
        { operation: 'replace', attribute: 'msExchHideFromAddressLists', values },
      ]),
    );
  const lists = async (): Promise<number> =>
    (await product.managedObjects(['showInAddressBook'])).get('Room')?.links['showInAddressBook']?.length ?? 0;
  await hide(['TRUE']);
  await product.cycle();
  expect(await lists()).toBe(0);
  await hide([]);
  await product.cycle();
  expect(await lists()).toBe(2);
});
