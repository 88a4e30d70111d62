import type { DirectoryEntry } from '../../directory/entries.ts';
import { listDrift } from '../../store/drift.ts';
import { forestId } from '../../store/forests.ts';
import { listNotices } from '../../store/managed-notices.ts';
import type { SyncCycleResult } from '../../workflows/sync-cycle.ts';
import { done } from '../support/directory-sandbox.ts';
import { aliasesOf, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
let alias: (name: string) => string;
const KEPT = ['title', 'department', 'proxyAddresses', 'mail', 'msExchImmutableId', 'member', 'manager'];

/** A customer whose drift is corrected, and one whose drift is reported. */
async function openWith(drift: 'correct' | 'report'): Promise<Product> {
  const opened = await openProduct({
    change: (configuration) => ({ ...configuration, managed: { ...configuration.managed, drift } }),
  });
  const name = aliasesOf(opened);
  const { source } = opened;
  const guids: string[] = [];
  for (const person of ['ada', 'ben', 'cem'])
    guids.push(await source.add('user', person, mailUser(name(person), { title: ['Engineer'], department: ['R&D'] })));
  const boss = await source.add('user', 'boss', mailUser(name('boss')));
  await done(
    source.writer.modify({ dn: source.dn('ada') }, [
      { operation: 'add', attribute: 'manager', values: [`<GUID=${boss}>`] },
    ]),
  );
  const member = guids.slice(0, 2).map((guid) => `<GUID=${guid}>`);
  await source.add('group', 'all', mailGroup(name('all'), { member }));
  expect((await opened.cycle()).counts).toMatchObject({ planned: 5, failed: 0, unconfirmed: 0, drifted: 0 });
  return opened;
}

beforeAll(async () => {
  product = await openWith('correct');
  alias = aliasesOf(product);
});

afterAll(() => product.dispose());

async function managed(name: string, of = product): Promise<DirectoryEntry> {
  const entry = (await of.managedObjects(KEPT)).get(name);
  if (entry === undefined) throw new Error(`${name} is not in the managed forest`);
  return entry;
}

/** Somebody changes a managed object. */
async function change(name: string, attribute: string, values: readonly string[], of = product): Promise<void> {
  const { guid } = await managed(name, of);
  await done(of.managed.modify({ guid }, [{ operation: 'replace', attribute, values }]));
}

async function changeSource(name: string, attribute: string, values: readonly string[], of = product): Promise<void> {
  await done(of.source.writer.modify({ dn: of.source.dn(name) }, [{ operation: 'replace', attribute, values }]));
}

async function rules(of = product): Promise<readonly string[]> {
  const rows = await of.database.query<{ rule: string }>(
    'SELECT rule FROM planned_change WHERE run_id = (SELECT max(id) FROM run) ORDER BY id',
  );
  return rows.map((row) => row.rule);
}

function readWholeNext(): Promise<unknown> {
  return product.database.query('UPDATE watermark SET cookie = NULL WHERE mode IS NULL');
}

// Shows: Drift / what somebody changed in what flow owns is corrected, told apart from our own changes (samba)
test.each(['delta', 'whole'])('values that somebody changed are put right, read by %s', async (read) => {
  const before = await managed('ada');
  await change('ada', 'title', ['Chief']);
  await change('ada', 'department', []);
  if (read === 'whole') await readWholeNext();
  const { counts } = await product.cycle('delta');
  expect(counts).toMatchObject({ planned: 1, drifted: 1, driftReported: 0, failed: 0, unconfirmed: 0 });
  expect(await rules()).toEqual([expect.stringMatching(/^drift of (title, department|department, title); /)]);
  expect(await managed('ada')).toEqual(before);
  const drift = await listDrift(product.database, product.forest, 10);
  expect(drift.map((row) => row.attribute).sort()).toEqual(['department', 'title']);
  expect(Math.abs((drift[0]?.changedAt?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, drifted: 0 });
  expect(await listDrift(product.database, product.forest, 10)).toEqual([]);
});

// Shows: Drift / our own writes and what the source changes are no drift (samba)
test('what the source changes is no drift, also where somebody changed the same value', async () => {
  await changeSource('ben', 'title', ['Deputy']);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, drifted: 0 });
  await change('ben', 'title', ['Chief']);
  await changeSource('ben', 'title', ['Director']);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, drifted: 0 });
  expect((await managed('ben')).attributes['title']).toEqual(['Director']);
});

// Shows: Drift / an address that none of us wrote is left alone, one of ours is put back (samba)
test('an address of ours that somebody took away comes back, beside one that he added', async () => {
  const { attributes } = await managed('cem');
  const other = `smtp:other.${alias('cem')}@contoso.test`;
  await change('cem', 'proxyAddresses', [other]);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, drifted: 1 });
  expect((await managed('cem')).attributes['proxyAddresses']).toEqual([...(attributes['proxyAddresses'] ?? []), other]);
  await change('cem', 'proxyAddresses', [...(attributes['proxyAddresses'] ?? []), other, `X400:${alias('cem')}`]);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, drifted: 0 });
});

// Shows: Drift / an anchor that somebody changed or cleared is written again (samba)
test.each([
  ['cleared', []],
  ['changed', ['somebody/else/00000000-0000-4000-8000-000000000001']],
])('an anchor that somebody %s is written again', async (_what, values) => {
  const before = await managed('ada');
  await change('ada', 'msExchImmutableId', values);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, drifted: 1, failed: 0 });
  expect(await rules()).toEqual([expect.stringMatching(/^drift of msExchImmutableId; /)]);
  expect(await managed('ada')).toEqual(before);
});

// Shows: Drift / members and managers that somebody changed are corrected (samba)
test.each(['delta', 'whole'])('references that somebody changed are put right, read by %s', async (read) => {
  const before = { all: await managed('all'), ada: await managed('ada') };
  const [ada, cem] = [(await managed('ada')).guid, (await managed('cem')).guid];
  await change('all', 'member', [`<GUID=${ada}>`, `<GUID=${cem}>`]);
  await change('ada', 'manager', [`<GUID=${cem}>`]);
  if (read === 'whole') await readWholeNext();
  const { counts } = await product.cycle('delta');
  expect(counts).toMatchObject({ planned: 0, plannedReferences: 2, drifted: 2, failed: 0, unconfirmed: 0 });
  expect((await rules()).toSorted()).toEqual(['drift of reference manager', 'drift of reference member']);
  expect({ all: await managed('all'), ada: await managed('ada') }).toEqual(before);
  await changeSource('all', 'member', [`<GUID=${(await found('ada')).guid}>`]);
  expect((await product.cycle('delta')).counts).toMatchObject({ plannedReferences: 1, drifted: 0 });
  await changeSource('all', 'member', [`<GUID=${(await found('ada')).guid}>`, `<GUID=${(await found('ben')).guid}>`]);
  expect((await product.cycle('delta')).counts).toMatchObject({ plannedReferences: 1, drifted: 0 });
});

async function found(name: string): Promise<DirectoryEntry> {
  const entry = await product.source.reader.read({ dn: product.source.dn(name) }, []);
  if (entry === null) throw new Error(`${name} is not in the customer forest`);
  return entry;
}

// Shows: Drift / a managed object that somebody renamed or moved keeps its identity and stays where it is (samba)
test('a managed object that somebody moved and renamed stays there, and is told', async () => {
  const before = await managed('ben');
  const elsewhere = `OU=Elsewhere,${product.managedOu}`;
  await done(product.managed.add(elsewhere, { objectClass: ['organizationalUnit'] }));
  await done(product.managed.rename({ guid: before.guid }, 'Benjamin', elsewhere));
  const managedForest = await forestId(product.database, {
    side: 'managed',
    name: product.configuration.managed.name,
  });
  const notices = (): ReturnType<typeof listNotices> => listNotices(product.database, managedForest, 10);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, failed: 0 });
  expect(await notices()).toMatchObject([{ code: 'moved', guid: before.guid, dn: `CN=Benjamin,${elsewhere}` }]);
  await changeSource('ben', 'title', ['Boss']);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
  const after = await product.managed.reader.read({ dn: `CN=Benjamin,${elsewhere}` }, ['title']);
  expect(after).toMatchObject({ guid: before.guid, attributes: { title: ['Boss'] } });
  await done(product.managed.rename({ guid: before.guid }, 'ben', product.managedOu));
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0 });
  expect(await notices()).toEqual([]);
});

describe('where drift is reported', () => {
  let reporting: Product;

  beforeAll(async () => {
    reporting = await openWith('report');
  });

  afterAll(() => reporting.dispose());

  const cycle = async (): Promise<SyncCycleResult['counts']> => (await reporting.cycle('delta')).counts;

  // Shows: Drift / reported and left where it is configured so, until the source value changes (samba)
  test('values and members are left as somebody made them, and told, until the source changes', async () => {
    const [ada, cem] = [(await managed('ada', reporting)).guid, (await managed('cem', reporting)).guid];
    await change('ben', 'title', ['Chief'], reporting);
    await change('ben', 'department', ['Sales'], reporting);
    await change('all', 'member', [`<GUID=${ada}>`, `<GUID=${cem}>`], reporting);
    await change('ada', 'manager', [`<GUID=${cem}>`], reporting);
    expect(await cycle()).toMatchObject({ planned: 0, plannedReferences: 0, driftReported: 1 });
    const drift = await listDrift(reporting.database, reporting.forest, 10);
    expect(drift.map((row) => row.attribute).sort()).toEqual([
      ...['department', 'manager', 'manager', 'member', 'member', 'title'],
    ]);
    // The source's word counts where it says something new.
    await changeSource('ben', 'title', ['Director'], reporting);
    await changeSource('ada', 'manager', [reporting.source.dn('ben')], reporting);
    expect(await cycle()).toMatchObject({ planned: 1, plannedReferences: 1, failed: 0, unconfirmed: 0 });
    const ben = await managed('ben', reporting);
    expect(ben.attributes).toMatchObject({ title: ['Director'], department: ['Sales'] });
    const { links } = await managed('ada', reporting);
    expect(links['manager']?.map((target) => target.guid)).toEqual([ben.guid]);
    expect((await managed('all', reporting)).links['member']).toHaveLength(2);
    expect(await cycle()).toMatchObject({ planned: 0, plannedReferences: 0, driftReported: 1 });
  });
});
