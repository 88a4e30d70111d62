import type { DirectoryEntry } from '../../directory/entries.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import { configurationSchema } from '../../rules/configuration.ts';
import { HOLDING_ATTRIBUTES } from '../../rules/deprovisioned.ts';
import { RECIPIENT_KINDS, type RecipientKind } from '../../rules/recipients.ts';
import type { Trigger } from '../../rules/transitions.ts';
import { done } from '../support/directory-sandbox.ts';
import { mailContact, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

/**
 * Every transition on real forests, all at once: an object for each row, brought to what it is, then the triggers, then what
 * comes after the first one. Nothing comes to the end of its retention time here.
 */
type Held = RecipientKind | 'mailUser' | 'contact' | 'group';

/** What the managed object is to hold afterwards. */
type Image = 'as before' | 'mail user' | 'mail-disabled' | 'hidden' | 'mailbox off and hidden' | 'inactive';

interface Row {
  readonly has: Held;
  readonly trigger: Exclude<Trigger, 'returned'>;
  readonly circumstance: '' | 'litigation hold' | 'in error';
  readonly image: Image;
  /** The error that the object has afterwards. */
  readonly code: string | null;
  /** What happens next, and the image then. */
  readonly next?: readonly ['returned' | 'returned in error' | 'hold lifted', Image];
}

const VALUES: Readonly<Record<RecipientKind, string>> = {
  linked: 'MBX=5GB;TYPE=EP2D;REG=EU',
  sharedLinked: 'MBX=10GB;TYPE=EP2D;REG=NA;SharedMbx',
  shared: 'MBX=25GB;REG=NA;TYPE=SHARED',
  room: 'TYPE=RESOURCE;RESMBX=roomrba(CAP=15);MBX=10GB',
  equipment: 'TYPE=RESOURCE;RESMBX=EQUIPRBA;MBX=10GB',
  lyncRoom: 'RESMBX=LRSRoom;MBX=5GB',
};

const plain = { circumstance: '', code: null } as const;
const held = { circumstance: 'litigation hold', code: 'PE402' } as const;

const rows: readonly Row[] = [
  ...RECIPIENT_KINDS.flatMap((has): readonly Row[] => [
    { has, trigger: 'removalValue', ...plain, image: 'mail user', next: ['returned', 'as before'] },
    { has, trigger: 'mailCleared', ...plain, image: 'mail-disabled', next: ['returned', 'as before'] },
    { has, trigger: 'outOfScope', ...plain, image: 'mailbox off and hidden', next: ['returned', 'as before'] },
    { has, trigger: 'filtered', ...plain, image: 'mailbox off and hidden' },
    { has, trigger: 'deleted', ...plain, image: 'mailbox off and hidden' },
    { has, trigger: 'kindChanged', ...plain, image: 'as before', code: 'PE403' },
    { has, trigger: 'removalValue', circumstance: 'in error', image: 'as before', code: 'PE401' },
    { has, trigger: 'removalValue', ...held, image: 'inactive', next: ['hold lifted', 'mail user'] },
  ]),
  { has: 'linked', trigger: 'mailCleared', ...held, image: 'inactive', next: ['hold lifted', 'mail-disabled'] },
  { has: 'linked', trigger: 'outOfScope', ...held, image: 'inactive', next: ['returned', 'as before'] },
  { has: 'linked', trigger: 'filtered', ...held, image: 'inactive', next: ['returned', 'as before'] },
  { has: 'linked', trigger: 'deleted', ...held, image: 'inactive', next: ['hold lifted', 'mailbox off and hidden'] },
  { has: 'mailUser', trigger: 'removalValue', ...plain, image: 'as before' },
  { has: 'mailUser', trigger: 'mailCleared', ...plain, image: 'mail-disabled', next: ['returned', 'as before'] },
  { has: 'mailUser', trigger: 'outOfScope', ...plain, image: 'hidden', next: ['returned', 'as before'] },
  { has: 'mailUser', trigger: 'filtered', ...plain, image: 'hidden', next: ['returned in error', 'hidden'] },
  { has: 'mailUser', trigger: 'deleted', ...plain, image: 'hidden' },
  { has: 'mailUser', trigger: 'outOfScope', ...held, image: 'as before', next: ['hold lifted', 'hidden'] },
  { has: 'contact', trigger: 'mailCleared', ...plain, image: 'mail-disabled', next: ['returned', 'as before'] },
  { has: 'contact', trigger: 'outOfScope', ...plain, image: 'hidden', next: ['returned', 'as before'] },
  { has: 'contact', trigger: 'filtered', ...plain, image: 'hidden' },
  { has: 'contact', trigger: 'deleted', ...plain, image: 'hidden' },
  { has: 'group', trigger: 'mailCleared', ...plain, image: 'hidden', next: ['returned', 'as before'] },
  { has: 'group', trigger: 'outOfScope', ...plain, image: 'hidden', next: ['returned', 'as before'] },
  { has: 'group', trigger: 'filtered', ...plain, image: 'hidden' },
  { has: 'group', trigger: 'deleted', ...plain, image: 'hidden' },
];

const nameOf = (row: Row): string => `object ${String(rows.indexOf(row))}`;

let product: Product;
const images: Map<string, AttributeImage>[] = [];
const codes: Map<string, readonly string[]>[] = [];

beforeAll(async () => {
  product = await openProduct({
    change: (configuration) =>
      configurationSchema.parse({
        ...configuration,
        forests: configuration.forests.map((forest) => ({
          ...forest,
          scope: { ...forest.scope, filter: '(!(extensionAttribute7=external))' },
        })),
        guard: {
          ...configuration.guard,
          disconnected: { user: FREE, contact: FREE, group: FREE },
          cleared: FREE,
          changed: FREE,
          removedMembers: { user: FREE, contact: FREE, group: FREE },
        },
        deprovisioning: { grace: '1s', retention: '1h', lookAgainEvery: '2s' },
      }),
  });
  for (const row of rows) await add(row);
  await product.cycle();
  for (const row of rows.filter(({ circumstance }) => circumstance === 'litigation hold')) await setHold(row, true);
  await look();

  for (const row of rows) await pull(row);
  await product.cycle('delta');
  // The grace time is over, and who waits has said so.
  await until(`d.stage = 'grace' AND NOT EXISTS (${ERROR})`);
  await look();

  for (const row of rows) await goOn(row);
  await product.cycle('delta');
  await until(`NOT d.told OR d.stage = 'grace' AND NOT EXISTS (${ERROR})`);
  await settled();
  await look();
}, 400_000);

afterAll(() => product.dispose(), 60_000);

const FREE = { count: 1000, percent: 100, few: 1000 };
const ERROR =
  "SELECT FROM object_error x WHERE x.forest_id = i.source_forest AND x.guid = i.source_guid AND x.code LIKE 'PE4%'";

async function until(open: string): Promise<void> {
  let last: unknown;
  for (let tries = 0; tries < 100; tries += 1) {
    const left = await product.database.query(
      `SELECT i.cn, d.stage, d.told FROM deprovisioning d JOIN identity i ON i.id = d.identity_id WHERE i.source_forest = $1 AND (${open})`,
      [product.forest],
    );
    if (left.length === 0) return;
    last = left;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`still so: ${open} ${JSON.stringify(last)}`);
}

/** What was given back has ended, and what was on hold has gone on. */
async function settled(): Promise<void> {
  const next = rows.flatMap((row) => (row.next === undefined ? [] : [{ cn: nameOf(row), what: row.next[0] }]));
  const names = (what: string): string =>
    next
      .filter((one) => one.what === what)
      .map(({ cn }) => `'${cn}'`)
      .join(', ');
  await until(
    `i.cn IN (${names('returned')}) AND d.stage <> 'ended' OR i.cn IN (${names('hold lifted')}) AND d.stage <> 'retention' OR i.cn IN (${names('returned in error')}) AND NOT EXISTS (${ERROR})`,
  );
}

async function add(row: Row): Promise<void> {
  const name = nameOf(row);
  const alias = aliasOf(row);
  if (row.has === 'contact') await product.source.add('contact', name, mailContact(alias));
  else if (row.has === 'group') await product.source.add('group', name, mailGroup(alias));
  else {
    const value = row.has === 'mailUser' ? {} : { extensionAttribute9: [VALUES[row.has]] };
    await product.source.add('user', name, mailUser(alias, value));
  }
}

function aliasOf(row: Row): string {
  return `o${String(rows.indexOf(row))}.${product.name}`;
}

function set(row: Row, changes: AttributeImage): Promise<void> {
  return done(
    product.source.writer.modify(
      { dn: product.source.dn(nameOf(row)) },
      Object.entries(changes).map(([attribute, values]) => ({ operation: 'replace', attribute, values })),
    ),
  );
}

async function setHold(row: Row, hold: boolean): Promise<void> {
  const entry = (await product.managedObjects([])).get(nameOf(row));
  const values = hold ? ['20260101000000.0Z'] : [];
  await done(
    product.managed.modify({ guid: entry?.guid ?? '' }, [
      { operation: 'replace', attribute: 'msExchLitigationHoldDate', values },
    ]),
  );
}

/** Does to the source object what the row says. */
async function pull(row: Row): Promise<void> {
  const { source } = product;
  if (row.circumstance === 'in error') await set(row, { mailNickname: ['not one name'] });
  switch (row.trigger) {
    case 'removalValue':
      return set(row, { extensionAttribute9: ['RemoveMSOMbx'] });
    case 'mailCleared':
      return set(row, { mail: [], ...(row.has === 'contact' ? { targetAddress: [] } : {}) });
    case 'outOfScope':
      return done(source.writer.rename({ dn: source.dn(nameOf(row)) }, nameOf(row), `OU=Excluded,${source.ou}`));
    case 'filtered':
      return set(row, { extensionAttribute7: ['external'] });
    case 'deleted':
      return done(source.writer.remove({ dn: source.dn(nameOf(row)) }));
    case 'kindChanged':
      return set(row, { extensionAttribute9: [row.has === 'shared' ? VALUES.linked : VALUES.shared] });
  }
}

async function goOn(row: Row): Promise<void> {
  const [what] = row.next ?? [];
  if (what === 'hold lifted') await setHold(row, false);
  if (what === 'returned in error') await set(row, { mailNickname: ['not one name'] });
  if (what !== 'returned' && what !== 'returned in error') return;
  const { source } = product;
  const name = nameOf(row);
  if (row.trigger === 'outOfScope')
    await done(source.writer.rename({ dn: `CN=${name},OU=Excluded,${source.ou}` }, name, source.ou));
  if (row.trigger === 'filtered') await set(row, { extensionAttribute7: [] });
  if (row.trigger === 'mailCleared') {
    const { mail = [], targetAddress = [] } =
      row.has === 'contact' ? mailContact(aliasOf(row)) : mailUser(aliasOf(row));
    await set(row, { mail, ...(targetAddress.length > 0 ? { targetAddress } : {}) });
  }
  if (row.trigger === 'removalValue' && row.has in VALUES)
    await set(row, { extensionAttribute9: [VALUES[row.has as RecipientKind]] });
}

/** Keeps what there is to see now. */
async function look(): Promise<void> {
  const entries = await product.managedObjects(HOLDING_ATTRIBUTES);
  images.push(new Map([...entries].map(([name, entry]) => [name, imageOf(entry)])));
  const found = await product.database.query<{ cn: string; codes: string[] }>(
    'SELECT i.cn, array_agg(x.code) AS codes FROM object_error x JOIN identity i ON i.source_forest = x.forest_id AND i.source_guid = x.guid GROUP BY 1',
  );
  codes.push(new Map(found.map((one) => [one.cn, one.codes])));
}

function imageOf(entry: DirectoryEntry): AttributeImage {
  return Object.fromEntries(
    HOLDING_ATTRIBUTES.map((attribute): [string, readonly string[]] => {
      const values = entry.links[attribute]?.map((target) => target.dn) ?? entry.attributes[attribute] ?? [];
      return [attribute, [...values].sort()];
    }),
  );
}

/** The images of managed-forest.md, as what differs from what there was. */
function expected(image: Image, before: AttributeImage): Record<string, unknown> {
  const none = (names: string): AttributeImage =>
    Object.fromEntries(names.split(/\s+/).map((name): [string, readonly string[]] => [name, []]));
  const hidden = { msExchHideFromAddressLists: ['TRUE'], showInAddressBook: [] };
  const hadMailbox = before['msExchMailboxGuid']?.length === 1;
  const off = hadMailbox
    ? {
        ...none(
          `homeMDB msExchMailboxGuid msExchHomeServerName msExchMasterAccountSid msExchUserAccountControl msExchWhenMailboxCreated
           mDBUseDefaults mDBStorageQuota mDBOverQuotaLimit mDBOverHardQuotaLimit
           msExchResourceMetaData msExchResourceSearchProperties msExchResourceDisplay msExchResourceCapacity`,
        ),
        msExchRecipientTypeDetails: ['128'],
        msExchRecipientDisplayType: ['6'],
        msExchPreviousHomeMDB: before['homeMDB'],
        msExchPreviousMailboxGuid: before['msExchMailboxGuid'],
        msExchPreviousRecipientTypeDetails: before['msExchRecipientTypeDetails'],
      }
    : {};
  const disabled = none(
    'mail mailNickname legacyExchangeDN proxyAddresses targetAddress msExchRecipientTypeDetails msExchRecipientDisplayType showInAddressBook',
  );
  switch (image) {
    case 'as before':
      return before;
    case 'mail user':
      return { ...before, ...off };
    case 'mail-disabled':
      return { ...before, ...off, ...disabled };
    case 'hidden':
      return { ...before, ...hidden };
    case 'mailbox off and hidden':
      return { ...before, ...off, ...hidden };
    case 'inactive':
      return {
        ...before,
        ...hidden,
        msExchRecipientSoftDeletedStatus: ['8'],
        msExchWhenSoftDeletedTime: [expect.stringMatching(/^\d{14}\.0Z$/)],
      };
  }
}

// Shows: Deprovisioning / the table of transitions, row by row, each image attribute by attribute (samba)
test.each(rows.map((row) => [row.has, row.trigger, row.circumstance, row] as const))('%s, %s %s', (...[, , , row]) => {
  const name = nameOf(row);
  const before = images[0]?.get(name) ?? {};
  expect(before['msExchMailboxGuid']).toHaveLength(row.has in VALUES ? 1 : 0);
  expect(images[1]?.get(name)).toEqual(expected(row.image, before));
  expect(codes[1]?.get(name) ?? []).toEqual(row.code === null ? [] : expect.arrayContaining([row.code]));
});

// Shows: Deprovisioning / given back when the object returns; after a litigation hold what was asked for (samba)
test.each(
  rows.flatMap((row) =>
    row.next === undefined ? [] : [[row.has, row.trigger, row.next[0], row.next[1], row] as const],
  ),
)('%s, %s, then %s: %s', (_has, _trigger, what, image, row) => {
  const name = nameOf(row);
  const before = images[0]?.get(name) ?? {};
  const after = what === 'hold lifted' ? { ...before, msExchLitigationHoldDate: [] } : before;
  expect(images[2]?.get(name)).toEqual(expected(image, after));
  if (what === 'returned in error') expect(codes[2]?.get(name)).toContain('PE401');
});
