import type { DirectoryEntry } from '../../directory/entries.ts';
import type { ReadingMode } from '../../rules/reading-settings.ts';
import type { syncCycle, SyncCycleResult } from '../../workflows/sync-cycle.ts';
import { done, found } from '../support/directory-sandbox.ts';
import { mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { plainAccount, REPLICATING_DIRECTORY_CHANGES, RIGHT, type PlainAccount } from '../support/rights.ts';
import { testStack } from '../support/stack.ts';

interface Case {
  readonly account: 'service' | 'plain';
  readonly mode: 'auto' | ReadingMode;
  /** The mode that is found in use. */
  readonly used: ReadingMode;
}

const REFERENCE: Case = { account: 'service', mode: 'auto', used: 'dirsync' };

let plain: PlainAccount;
let expected: State;
const products: Product[] = [];

beforeAll(async () => {
  plain = await plainAccount(testStack().customer);
  expected = await storyIn(REFERENCE);
});

afterAll(async () => {
  for (const product of products) await product.dispose();
  await plain.dispose();
});

// Shows: Connector / DirSync with OBJECT_SECURITY and USN polling end in the same state as DirSync (samba)
test.each<Case>([
  { account: 'service', mode: 'dirsync-object-security', used: 'dirsync-object-security' },
  { account: 'service', mode: 'usn', used: 'usn' },
  { account: 'plain', mode: 'auto', used: 'dirsync-object-security' },
  { account: 'plain', mode: 'usn', used: 'usn' },
])('$mode with the $account account: the same ends staged and in the managed forest', async (mode) => {
  const state = await storyIn(mode);
  expect(state.staged).toEqual(expected.staged);
  expect(state.managed).toEqual(expected.managed);
  expect(Object.keys(state.managed).sort()).toEqual(['Ada', 'All', 'Ben', 'Cem', 'Dag', 'Deep', 'Eve', 'Fay']);
});

// Shows: Connector / the mode follows the rights of the account; a change of mode is a whole read that deletes nothing (samba)
test('the right to DirSync is given and taken away: read whole the best way that is left, and nothing counts as absent', async () => {
  const { namingContext } = testStack().customer;
  const product = await open({ account: 'plain', mode: 'auto', used: 'dirsync-object-security' });
  await product.source.add('user', 'Ada', mailUser(`ada.${product.name}`));
  const lost = await product.source.add('user', 'Ben', mailUser(`ben.${product.name}`));
  const absentReads = async (): Promise<number | undefined> => {
    const rows = await product.database.query<{ absent_reads: number }>(
      'SELECT absent_reads FROM source_object WHERE forest_id = $1 AND guid = $2',
      [product.forest, lost],
    );
    return rows[0]?.absent_reads;
  };
  expect((await product.cycle()).counts).toMatchObject({ objectSecurity: 1, planned: 2 });
  const right = { effect: 'allow', rights: RIGHT.controlAccess, about: REPLICATING_DIRECTORY_CHANGES } as const;
  await plain.grant(namingContext, right);
  await done(product.source.writer.remove({ guid: lost }));
  expect((await product.cycle()).counts).toMatchObject({ dirSync: 1, objectSecurity: 0, disconnected: 0 });
  expect(await absentReads()).toBe(0);
  expect((await delta(product)).counts).toMatchObject({ whole: 0, dirSync: 1 });
  await plain.revoke(namingContext);
  expect((await delta(product)).counts).toMatchObject({ whole: 1, objectSecurity: 1, disconnected: 0 });
  expect(await absentReads()).toBe(0);
  expect((await product.cycle()).counts).toMatchObject({ objectSecurity: 1, disconnected: 0 });
  expect(await absentReads()).toBe(1);
});

interface State {
  readonly staged: Readonly<Record<string, unknown>>;
  readonly managed: Readonly<Record<string, unknown>>;
}

async function open({ account, mode }: Case): Promise<Product> {
  const product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      forests: configuration.forests.map((forest) => ({
        ...forest,
        ...(account === 'plain' ? { account: plain.account, passwordFile: plain.passwordFile } : {}),
        // The objects of other tests come and go in the same domain: that is not to make a read suspicious.
        reading: { ...forest.reading, mode, shortRead: { ...forest.reading.shortRead, percent: 100 } },
      })),
    }),
  });
  products.push(product);
  return product;
}

/** Everything that can happen to an object, in a forest that is read in one of the modes; and what is there in the end. */
async function storyIn(mode: Case): Promise<State> {
  const product = await open(mode);
  const { source } = product;
  const alias = (name: string): string => `${name.toLowerCase()}.${product.name}`;
  const add = (name: string, more = {}): Promise<string> => source.add('user', name, mailUser(alias(name), more));
  await done(source.writer.add(`OU=Team,${source.ou}`, { objectClass: ['organizationalUnit'] }));
  const guids = [await add('Ada', { title: ['Engineer'] }), await add('Ben', { title: ['Engineer'] })];
  for (const name of ['Cem', 'Dag', 'Eve']) guids.push(await add(name, { title: ['Engineer'] }));
  await done(
    source.writer.add(`CN=Deep,OU=Team,${source.ou}`, {
      objectClass: ['user'],
      sAMAccountName: [`deep-${product.name}`],
      ...mailUser(alias('deep'), { manager: [source.dn('Ada')] }),
    }),
  );
  const [ada = '', ben = '', , dag = '', eve = ''] = guids;
  const member = [ada, ben, eve].map((guid) => `<GUID=${guid}>`);
  await source.add('group', 'All', mailGroup(alias('all'), { member }));
  expect((await product.cycle()).counts).toMatchObject({ whole: 1, planned: 7, failed: 0 });
  await expectMode(product, mode);

  // Create, change, clear, rename, move, members that come and go.
  await add('Fay');
  await done(source.writer.modify({ guid: ada }, [{ operation: 'replace', attribute: 'title', values: ['Director'] }]));
  await done(source.writer.modify({ guid: ben }, [{ operation: 'replace', attribute: 'title', values: [] }]));
  await done(source.writer.rename({ dn: source.dn('Cem') }, 'Cem renamed'));
  await done(source.writer.rename({ guid: dag }, 'Dag', `OU=Team,${source.ou}`));
  await done(
    source.writer.modify({ dn: source.dn('All') }, [
      { operation: 'delete', attribute: 'member', values: [source.dn('Ben')] },
      { operation: 'add', attribute: 'member', values: [source.dn('Fay')] },
    ]),
  );
  expect((await delta(product)).counts).toMatchObject({ whole: 0, planned: 3, failed: 0 });

  // Delete, and an organizational unit that takes what is below along.
  await done(source.writer.remove({ guid: eve }));
  await done(source.writer.remove({ guid: dag }));
  await done(source.writer.rename({ dn: `OU=Team,${source.ou}` }, 'Crew'));
  expect((await delta(product)).counts).toMatchObject({ whole: 0, failed: 0 });

  // Undelete: its tombstone had lost what makes it somebody, and its memberships.
  const tombstone = await found(source.reader.read({ guid: eve }, [], { showDeleted: true }));
  await done(source.writer.reanimate(tombstone.dn, source.dn('Eve')));
  await done(
    source.writer.modify(
      { guid: eve },
      Object.entries(mailUser(alias('eve'), { userAccountControl: ['546'] })).map(([attribute, values]) => ({
        operation: 'replace' as const,
        attribute,
        values,
      })),
    ),
  );
  expect((await delta(product)).counts).toMatchObject({ whole: 0, failed: 0 });
  // Who is told of no deletion believes it after two whole reads.
  for (let reads = 0; mode.account === 'plain' && reads < 2; reads += 1) await product.cycle();
  return stateOf(product);
}

async function expectMode(product: Product, { used, account }: Case): Promise<void> {
  const rows = await product.database.query<{ mode: string; sees_deleted: boolean }>(
    'SELECT mode, sees_deleted FROM watermark WHERE forest_id = $1',
    [product.forest],
  );
  expect(rows).toEqual([{ mode: used, sees_deleted: account === 'service' }]);
}

let cycles = 0;

function delta(product: Product): Promise<SyncCycleResult> {
  cycles += 1;
  return product.temporal.workflow.execute<typeof syncCycle>('syncCycle', {
    args: [{ customer: product.name, forest: 'corp', profile: 'delta' }],
    taskQueue: product.taskQueue,
    workflowId: `modes/${product.name}-${String(cycles)}`,
  });
}

/** What is there in the end, without what differs from one customer to the other. */
async function stateOf(product: Product): Promise<State> {
  const { database, forest, source, name } = product;
  const staged = await database.query<{ name: string; state: unknown }>(
    `SELECT split_part(substr(o.dn, 4), ',', 1) AS name, jsonb_build_object(
       'kind', o.kind, 'below', replace(o.dn, $2, ''), 'gone', o.tombstone_at IS NOT NULL, 'state', i.state,
       'attributes', CASE WHEN o.tombstone_at IS NULL THEN o.attributes - 'objectSid' - 'sAMAccountName' END,
       'links', (SELECT jsonb_agg(l.attribute || ' ' || split_part(t.dn, ',', 1) ORDER BY l.attribute, t.dn)
                 FROM source_link l JOIN source_object t ON t.forest_id = l.forest_id AND t.guid = l.target
                 WHERE l.forest_id = o.forest_id AND l.holder = o.guid AND t.tombstone_at IS NULL)) AS state
     FROM source_object o LEFT JOIN identity i ON i.source_forest = o.forest_id AND i.source_guid = o.guid
     WHERE o.forest_id = $1 AND o.dn LIKE '%' || $2`,
    [forest, source.ou],
  );
  const names = new Map<string, string>();
  const managed = await product.managedObjects(['title', 'mail', 'displayName', 'proxyAddresses', 'member', 'manager']);
  for (const [cn, { guid }] of managed) names.set(guid, cn);
  const linked = ({ links }: DirectoryEntry): unknown =>
    Object.entries(links).map(([attribute, targets]) => [
      attribute,
      targets.map(({ guid }) => names.get(guid ?? '')).sort(),
    ]);
  const same = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll(name, 'customer'));
  return {
    staged: Object.fromEntries(staged.map((row) => [row.name, same(row.state)])),
    managed: Object.fromEntries([...managed].map(([cn, entry]) => [cn, same([entry.attributes, linked(entry)])])),
  };
}
