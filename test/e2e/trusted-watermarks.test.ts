import { warnOfAge } from '../../activities/read-warnings.ts';
import { openReader } from '../../directory/reader.ts';
import { standingWarnings } from '../../store/forest-warnings.ts';
import { readWatermark } from '../../store/watermarks.ts';
import type { syncCycle, SyncCycleResult } from '../../workflows/sync-cycle.ts';
import { done, endpointOf } from '../support/directory-sandbox.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { plainAccount, type PlainAccount } from '../support/rights.ts';
import { testStack } from '../support/stack.ts';

/** Products by what their account may see of deleted objects. */
const products: Product[] = [];
let plain: PlainAccount;
let sees: Product;
let blind: Product;
let cycles = 0;

beforeAll(async () => {
  plain = await plainAccount(testStack().customer);
  sees = await openProduct();
  products.push(sees);
  blind = await openProduct({
    change: (configuration) => ({
      ...configuration,
      forests: configuration.forests.map((forest) => ({
        ...forest,
        account: plain.account,
        passwordFile: plain.passwordFile,
        // The objects of other tests come and go in the same domain: that is not to make a read suspicious.
        reading: { ...forest.reading, shortRead: { ...forest.reading.shortRead, percent: 100 } },
      })),
    }),
  });
  products.push(blind);
  for (const product of products) {
    for (const name of ['Ada', 'Ben']) await product.source.add('user', name, mailUser(`${name}.${product.name}`));
    expect((await cycle(product, 'full')).counts).toMatchObject({ whole: 1, planned: 2, failed: 0 });
  }
});

afterAll(async () => {
  for (const product of products) await product.dispose();
  await plain.dispose();
});

function cycle(product: Product, profile: 'full' | 'delta' = 'delta'): Promise<SyncCycleResult> {
  cycles += 1;
  return product.temporal.workflow.execute<typeof syncCycle>('syncCycle', {
    args: [{ customer: product.name, forest: 'corp', profile }],
    taskQueue: product.taskQueue,
    workflowId: `watermarks/${product.name}-${String(cycles)}`,
  });
}

async function damage(product: Product, what: string, values: readonly unknown[] = []): Promise<void> {
  await product.database.query(`UPDATE watermark SET ${what} WHERE forest_id = $1`, [product.forest, ...values]);
}

async function whyWhole(product: Product): Promise<unknown> {
  const [row] = await product.database.query<{ why: unknown }>(
    "SELECT reading -> lower($2) -> 'whole' AS why FROM run WHERE forest_id = $1 ORDER BY id DESC LIMIT 1",
    [product.forest, product.source.namingContext],
  );
  return row?.why;
}

async function warnings(product: Product): Promise<Readonly<Record<string, unknown>>> {
  const standing = await standingWarnings(product.database, product.forest);
  // Another test takes an attribute off everybody in the domain.
  const ours = standing.filter(({ code }) => code !== 'FW201');
  return Object.fromEntries(ours.map(({ code, details }) => [code, details]));
}

const shown = ['displayName', 'mail', 'proxyAddresses', 'msExchImmutableId'];

// Shows: Connector / a gap longer than the tombstone lifetime is a whole read that deletes nothing; a warning at half (samba)
test.each([
  // The forest says 180.
  ['80 days', null, {}],
  ['100 days', null, { FW103: { tombstoneDays: 180 } }],
  ['200 days', 'tombstone lifetime passed', { FW104: { tombstoneDays: 180 } }],
])('not read for %s: read whole because of %s', async (gap, why, expected) => {
  const before = await sees.managedObjects(shown);
  await damage(sees, `read_at = now() - interval '${gap}'`);
  const { counts } = await cycle(sees);
  expect(counts).toMatchObject({ whole: why === null ? 0 : 1, disconnected: 0, planned: 0 });
  expect(counts['warnings']).toBeGreaterThanOrEqual(Object.keys(expected).length);
  expect(await whyWhole(sees)).toBe(why);
  expect(await warnings(sees)).toEqual(expected);
  expect(await sees.managedObjects(shown)).toEqual(before);
  await cycle(sees);
  expect(await warnings(sees)).toEqual({});
});

// Shows: Connector / the warning at half of the tombstone lifetime comes also where no domain controller answers (samba)
test('a domain controller that does not answer: the age of the watermark is warned of', async () => {
  await damage(sees, "read_at = now() - interval '100 days'");
  const { namingContext } = sees.source;
  const known = await readWatermark(sees.database, sees.forest, namingContext);
  await warnOfAge(sees.database, { forestId: sees.forest }, namingContext, known);
  expect(await warnings(sees)).toEqual({ FW103: { tombstoneDays: 180 } });
  await cycle(sees);
});

// Shows: Connector / a cookie of another forest is a whole read that deletes nothing (samba, two forests)
test.each(['with the invocationId of its forest', 'alone'])('a cookie of another forest, %s', async (how) => {
  const reader = openReader(endpointOf('managed', 'administrator'));
  const { invocationId, defaultNamingContext } = await reader.rootDse();
  const cookie = await reader.cookieFor(defaultNamingContext);
  await reader.close();
  const before = await sees.managedObjects(shown);
  const alone = how === 'alone';
  await damage(
    sees,
    alone ? 'cookie = $2' : 'cookie = $2, invocation_id = $3',
    alone ? [cookie] : [cookie, invocationId],
  );
  const { counts } = await cycle(sees);
  expect(counts).toMatchObject({ disconnected: 0, planned: 0, plannedReferences: 0 });
  expect(counts['read']).toBeGreaterThan(30);
  if (!alone) expect(await whyWhole(sees)).toBe('another controller database');
  expect(await sees.managedObjects(shown)).toEqual(before);
  expect((await cycle(sees)).counts).toMatchObject({ whole: 0, planned: 0 });
});

describe('an account that does not see deleted objects', () => {
  // Shows: Connector / without the right to see tombstones, deletes wait for two complete reads, and the delay is shown (samba)
  test('a deletion is believed after two whole reads', async () => {
    await done(blind.source.writer.remove({ dn: blind.source.dn('Ben') }));
    const state = async (): Promise<unknown> =>
      (
        await blind.database.query<{ state: string; gone: boolean }>(
          `SELECT i.state, o.tombstone_at IS NOT NULL AS gone FROM identity i
           JOIN source_object o ON o.forest_id = i.source_forest AND o.guid = i.source_guid WHERE i.cn = 'Ben'`,
        )
      )[0];
    await cycle(blind);
    expect(await state()).toEqual({ state: 'connected', gone: false });
    expect(await warnings(blind)).toEqual({
      FW101: { mode: 'dirsync-object-security' },
      FW102: { hoursUntilDeletionIsBelieved: 48 },
    });
    expect((await cycle(blind, 'full')).counts).toMatchObject({ disconnected: 0 });
    expect(await state()).toEqual({ state: 'connected', gone: false });
    expect((await cycle(blind, 'full')).counts).toMatchObject({ disconnected: 1 });
    expect(await state()).toEqual({ state: 'disconnected', gone: true });
  });

  // Shows: Connector / whole reads are scheduled more often for accounts that do not see deleted objects (samba)
  test('has the domain read whole every day, another account every week', async () => {
    for (const product of products) await damage(product, "whole_at = now() - interval '25 hours'");
    expect((await cycle(sees)).counts).toMatchObject({ whole: 0 });
    expect((await cycle(blind)).counts).toMatchObject({ whole: 1 });
    expect(await whyWhole(blind)).toBe('due');
  });
});
