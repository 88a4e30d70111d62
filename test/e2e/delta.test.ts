import { formatDn, parseDn } from '../../rules/dn.ts';
import type { syncCycle, SyncCycleResult } from '../../workflows/sync-cycle.ts';
import { done, found } from '../support/directory-sandbox.ts';
import { mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
let cycles = 0;
const members = ['Ada', 'Ben', 'Cem'] as const;

beforeAll(async () => {
  product = await openProduct();
  const { source } = product;
  await done(source.writer.add(`OU=Team,${source.ou}`, { objectClass: ['organizationalUnit'] }));
  await done(source.writer.add(`OU=Inner,OU=Team,${source.ou}`, { objectClass: ['organizationalUnit'] }));
  const guids: string[] = [];
  for (const name of members)
    guids.push(await source.add('user', name, mailUser(alias(name), { title: ['Engineer'] })));
  await source.add('group', 'All', mailGroup(alias('all'), { member: guids.map((guid) => `<GUID=${guid}>`) }));
  await done(
    source.writer.add(`CN=Deep,OU=Inner,OU=Team,${source.ou}`, {
      objectClass: ['user'],
      sAMAccountName: [`deep-${product.name}`],
      ...mailUser(alias('deep')),
    }),
  );
  expect((await product.cycle()).counts).toMatchObject({ whole: 1, planned: 5, failed: 0, unconfirmed: 0 });
});

afterAll(() => product.dispose());

function alias(name: string): string {
  return `${name.toLowerCase()}.${product.name}`;
}

function delta(): Promise<SyncCycleResult> {
  cycles += 1;
  return product.temporal.workflow.execute<typeof syncCycle>('syncCycle', {
    args: [{ customer: product.name, forest: 'corp', profile: 'delta' }],
    taskQueue: product.taskQueue,
    workflowId: `delta/${product.name}-${String(cycles)}`,
  });
}

async function managed(
  name: string,
  attributes: readonly string[] = [],
): Promise<NonNullable<ReturnType<Awaited<ReturnType<Product['managedObjects']>>['get']>>> {
  const entry = (await product.managedObjects(attributes)).get(name);
  if (entry === undefined) throw new Error(`${name} is not in the managed forest`);
  return entry;
}

// Shows: Connector / DirSync delta: cleared is told from unchanged (samba)
test('a changed and a cleared attribute flow, and what did not change stays', async () => {
  const { source } = product;
  await done(
    source.writer.modify({ dn: source.dn('Ada') }, [
      { operation: 'replace', attribute: 'title', values: [] },
      { operation: 'replace', attribute: 'department', values: ['R&D'] },
    ]),
  );
  expect((await delta()).counts).toMatchObject({
    whole: 0,
    planned: 1,
    plannedReferences: 0,
    failed: 0,
    unconfirmed: 0,
  });
  const ada = await managed('Ada', ['title', 'department', 'mail']);
  expect(ada.attributes).toMatchObject({ department: ['R&D'], mail: [`${alias('Ada')}@contoso.test`] });
  expect(ada.attributes['title']).toBeUndefined();
});

// Shows: Connector / DirSync delta with INCREMENTAL_VALUES for links (samba)
test('one member that leaves and one that comes are two link values', async () => {
  const { source } = product;
  await source.add('user', 'Dag', mailUser(alias('dag')));
  await done(
    source.writer.modify({ dn: source.dn('All') }, [
      { operation: 'delete', attribute: 'member', values: [source.dn('Ben')] },
      { operation: 'add', attribute: 'member', values: [source.dn('Dag')] },
    ]),
  );
  expect((await delta()).counts).toMatchObject({
    whole: 0,
    planned: 1,
    plannedReferences: 1,
    failed: 0,
    unconfirmed: 0,
  });
  const all = await managed('All', ['member']);
  const guids = await Promise.all(['Ada', 'Cem', 'Dag'].map(async (name) => (await managed(name)).guid));
  expect(all.links['member']?.map((target) => target.guid).sort()).toEqual(guids.sort());
});

// Shows: Connector / renames inside a domain (samba)
test('a renamed user keeps its managed object and name', async () => {
  const { source } = product;
  const before = (await managed('Cem')).guid;
  await done(source.writer.rename({ dn: source.dn('Cem') }, 'Cem Yılmaz'));
  await done(
    source.writer.modify({ dn: source.dn('Cem Yılmaz') }, [
      { operation: 'replace', attribute: 'displayName', values: ['Cem Yılmaz'] },
    ]),
  );
  expect((await delta()).counts).toMatchObject({ whole: 0, planned: 1, failed: 0, unconfirmed: 0 });
  expect(await managed('Cem', ['displayName'])).toMatchObject({
    guid: before,
    attributes: { displayName: ['Cem Yılmaz'] },
  });
});

// Shows: Connector / moves inside a domain, children of a moved OU too (samba)
test('an organizational unit that moves takes what is below it along, out of scope and back', async () => {
  const { source } = product;
  const { guid } = await found(source.reader.read({ dn: `OU=Team,${source.ou}` }, []));
  await done(source.writer.rename({ guid }, 'Team', `OU=Excluded,${source.ou}`));
  expect((await delta()).counts).toMatchObject({ whole: 0, disconnected: 1, planned: 0 });
  await done(source.writer.rename({ guid }, 'Renamed team', source.ou));
  const { counts } = await delta();
  expect(counts).toMatchObject({ whole: 0, disconnected: 0, planned: 0 });
  const [row] = await product.database.query<{ dn: string; state: string }>(
    "SELECT o.dn, i.state FROM source_object o JOIN identity i ON i.source_guid = o.guid WHERE i.cn = 'Deep'",
  );
  expect(row).toEqual({ dn: `CN=Deep,OU=Inner,OU=Renamed team,${source.ou}`, state: 'connected' });
});

// Shows: Connector / scope is held by the OU's objectGUID: renaming it changes nothing (samba)
// Shows: Mistakes / an OU renamed (samba)
test('the organizational unit that the configuration names is renamed, and nothing changes', async () => {
  const { source } = product;
  const { guid } = await found(source.reader.read({ dn: source.ou }, []));
  const name = parseDn(source.ou)?.[0]?.[0].value ?? '';
  await done(source.writer.rename({ guid }, `${name} renamed`));
  expect((await delta()).counts).toMatchObject({ whole: 0, disconnected: 0, planned: 0, plannedReferences: 0 });
  expect((await product.cycle()).counts).toMatchObject({ whole: 1, disconnected: 0, planned: 0, plannedReferences: 0 });
  await done(source.writer.rename({ guid }, name));
  expect((await delta()).counts).toMatchObject({ disconnected: 0, planned: 0 });
  expect(formatDn(parseDn(source.ou) ?? [])).toBe(source.ou);
});

// Shows: Connector / undelete (samba)
test('a deleted user leaves its groups and keeps its managed object; undeleted, it is read anew and comes back', async () => {
  const { source } = product;
  const before = await managed('Dag');
  const { guid } = await found(source.reader.read({ dn: source.dn('Dag') }, []));
  await done(source.writer.remove({ guid }));
  expect((await delta()).counts).toMatchObject({ whole: 0, disconnected: 1 });
  expect((await managed('All', ['member'])).links['member']).toHaveLength(2);
  expect((await managed('Dag')).guid).toBe(before.guid);
  const tombstone = await found(source.reader.read({ guid }, [], { showDeleted: true }));
  await done(source.writer.reanimate(tombstone.dn, source.dn('Dag')));
  // Without the recycle bin a tombstone has lost its mail: the user is out of scope until it is written again.
  expect((await delta()).counts).toMatchObject({ whole: 0, planned: 0, failed: 0 });
  await done(
    source.writer.modify(
      { guid },
      Object.entries(mailUser(alias('dag')))
        .filter(([name]) => name !== 'userAccountControl')
        .map(([attribute, values]) => ({ operation: 'replace' as const, attribute, values })),
    ),
  );
  expect((await delta()).counts).toMatchObject({ planned: 0, failed: 0 });
  const [row] = await product.database.query<{ state: string }>("SELECT state FROM identity WHERE cn = 'Dag'");
  expect(row?.state).toBe('connected');
  expect((await managed('Dag')).guid).toBe(before.guid);
});

test.each([
  ['a cookie that the controller does not take', "cookie = 'not a cookie'"],
  ['a controller whose database is another', "invocation_id = '00000000-0000-0000-0000-000000000001'"],
  ['a controller that was put back from a backup', 'highest_usn = 1000000000'],
  ['a flow that wants more attributes than were read before', "asked = 'mail'"],
  ['a whole read that is due', "whole_at = now() - interval '8 days'"],
])('%s: the forest is read whole, and nothing is deleted, cleared or doubled', async (_what, damage) => {
  await product.database.query(`UPDATE watermark SET ${damage} WHERE forest_id = $1`, [product.forest]);
  const before = await product.managedObjects(['title', 'department', 'proxyAddresses', 'member', 'msExchImmutableId']);
  expect((await delta()).counts).toMatchObject({
    whole: 1,
    disconnected: 0,
    planned: 0,
    plannedReferences: 0,
  });
  expect(
    await product.managedObjects(['title', 'department', 'proxyAddresses', 'member', 'msExchImmutableId']),
  ).toEqual(before);
  expect((await delta()).counts).toMatchObject({ whole: 0 });
});
