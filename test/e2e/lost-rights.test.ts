import type { ReadingSettings } from '../../rules/reading-settings.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { standingWarnings } from '../../store/forest-warnings.ts';
import { approveUpdate } from '../../workflows/messages.ts';
import type { syncCycle, SyncCycleResult } from '../../workflows/sync-cycle.ts';
import { startCycle, waitingList } from '../support/approval.ts';
import { done } from '../support/directory-sandbox.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { plainAccount, RIGHT, schemaGuid, type PlainAccount } from '../support/rights.ts';
import { testStack } from '../support/stack.ts';

/** Attributes that no other test of the suite gives to an object of the Customer Forest. */
const TITLE = 'personalTitle';
const QUALIFIER = 'generationQualifier';

const people = Array.from({ length: 12 }, (_, index) => `Person ${String(index + 1)}`);
const shown = [TITLE, QUALIFIER, 'department', 'mail', 'displayName'];

let plain: PlainAccount;
let product: Product;
let cycles = 0;

beforeAll(async () => {
  plain = await plainAccount(testStack().customer);
  product = await openProduct({
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
  for (const name of people)
    await product.source.add('user', name, mailUser(alias(name), { [TITLE]: ['Dr'], [QUALIFIER]: ['Jr'] }));
  await done(product.source.writer.add(`OU=Side,${product.source.ou}`, { objectClass: ['organizationalUnit'] }));
  for (const name of ['Side 1', 'Side 2']) await addBelow('Side', name);
  expect((await cycle('full')).counts).toMatchObject({ objectSecurity: 1, planned: 14, failed: 0 });
});

afterAll(async () => {
  await product.dispose();
  await plain.dispose();
});

function alias(name: string): string {
  return `${name.toLowerCase().replace(' ', '.')}.${product.name}`;
}

function addBelow(unit: string, name: string): Promise<void> {
  return done(
    product.source.writer.add(`CN=${name},OU=${unit},${product.source.ou}`, {
      objectClass: ['user'],
      sAMAccountName: [`${name.replace(' ', '')}-${product.name}`],
      ...mailUser(alias(name)),
    }),
  );
}

function cycle(profile: 'full' | 'delta'): Promise<SyncCycleResult> {
  cycles += 1;
  return product.temporal.workflow.execute<typeof syncCycle>('syncCycle', {
    args: [{ customer: product.name, forest: 'corp', profile }],
    taskQueue: product.taskQueue,
    workflowId: `rights/${product.name}-${String(cycles)}`,
  });
}

function replace(name: string, attribute: string, ...values: string[]): Promise<void> {
  const { source } = product;
  return done(source.writer.modify({ dn: source.dn(name) }, [{ operation: 'replace', attribute, values }]));
}

/** Has the configuration say otherwise how the forest is read. */
async function setReading(changed: Partial<ReadingSettings>): Promise<void> {
  const forests = product.configuration.forests.map((forest) => ({
    ...forest,
    reading: { ...forest.reading, ...changed },
  }));
  await applyConfiguration(product.database, { ...product.configuration, forests });
}

async function warnings(): Promise<readonly string[]> {
  const standing = await standingWarnings(product.database, product.forest);
  return standing.map(({ code, attribute }) => `${code} ${attribute}`.trim());
}

/** What has a value in the managed forest, by name. */
async function managed(attribute: string): Promise<readonly string[]> {
  const objects = await product.managedObjects([attribute]);
  return [...objects]
    .filter(([, entry]) => entry.attributes[attribute] !== undefined)
    .map(([name]) => name)
    .sort();
}

async function absentReads(name: string): Promise<unknown> {
  const [row] = await product.database.query<{ absent_reads: number; gone: boolean; state: string }>(
    `SELECT o.absent_reads, o.tombstone_at IS NOT NULL AS gone, i.state FROM source_object o
     JOIN identity i ON i.source_forest = o.forest_id AND i.source_guid = o.guid WHERE i.cn = $1`,
    [name],
  );
  return row;
}

describe('the right to read one attribute', () => {
  // Shows: Guard / the read right on one attribute withdrawn: nothing is cleared, and it is warned of (samba)
  test('is withdrawn: the values stay, other changes go on, and the attribute is named', async () => {
    const about = await schemaGuid(testStack().customer, TITLE);
    for (const name of people)
      await plain.grant(product.source.dn(name), { effect: 'deny', rights: RIGHT.readProperty, about });
    await replace('Person 1', 'department', 'R&D');
    await replace('Person 2', TITLE, 'Prof');
    const before = await product.managedObjects([TITLE]);
    expect((await cycle('delta')).counts).toMatchObject({ whole: 0, planned: 1, lostAttributes: 1 });
    expect((await cycle('full')).counts).toMatchObject({ whole: 1, planned: 0, lostAttributes: 1 });
    expect(await product.managedObjects([TITLE])).toEqual(before);
    expect(await managed('department')).toEqual(['Person 1']);
    expect(await warnings()).toContain(`FW201 ${TITLE}`);
  });

  // Shows: Guard / a lost right clears itself when the attribute is readable again (samba)
  test('comes back: the domain is read whole, and what changed meanwhile flows', async () => {
    for (const name of people) await plain.revoke(product.source.dn(name));
    expect((await cycle('delta')).counts).toMatchObject({ whole: 1, planned: 1, lostAttributes: 0, failed: 0 });
    const person = (await product.managedObjects([TITLE])).get('Person 2');
    expect(person?.attributes[TITLE]).toEqual(['Prof']);
    expect(await managed(TITLE)).toHaveLength(people.length);
    expect(await warnings()).not.toContain(`FW201 ${TITLE}`);
    expect((await cycle('delta')).counts).toMatchObject({ whole: 0, planned: 0 });
  });
});

// Shows: Guard / a single sentinel whose value was legitimately cleared changes nothing (samba)
test('a sentinel that is cleared on purpose is one cleared value', async () => {
  const [sentinel] = await product.database.query<{ cn: string }>(
    `SELECT i.cn FROM sentinel s JOIN identity i ON i.source_forest = s.forest_id AND i.source_guid = s.guid
     WHERE s.forest_id = $1 AND s.attribute = $2 ORDER BY 1 LIMIT 1`,
    [product.forest, QUALIFIER],
  );
  const name = sentinel?.cn ?? '';
  await replace(name, QUALIFIER);
  expect((await cycle('delta')).counts).toMatchObject({ planned: 1, lostAttributes: 0 });
  expect(await managed(QUALIFIER)).toEqual(people.filter((person) => person !== name).sort());
  expect((await cycle('delta')).counts).toMatchObject({ whole: 0, planned: 0, lostAttributes: 0 });
});

// Shows: Guard / an attribute that goes from common to absent in one read is a lost right until proved otherwise (samba)
test('an attribute disappears from everybody at once: kept, until the configuration says that it was on purpose', async () => {
  for (const name of people) await replace(name, TITLE);
  expect((await cycle('delta')).counts).toMatchObject({ whole: 0, planned: 0, lostAttributes: 1 });
  expect((await cycle('delta')).counts).toMatchObject({ whole: 0, planned: 0, lostAttributes: 1 });
  expect(await managed(TITLE)).toHaveLength(people.length);
  await setReading({ absent: [TITLE] });
  // The guard asks as well before the last value of an attribute goes.
  const handle = await startCycle(product);
  const { hash } = await waitingList(handle);
  await handle.executeUpdate(approveUpdate, { args: [{ operator: 'a test', hash }] });
  expect((await handle.result()).counts).toMatchObject({ whole: 1, planned: people.length, lostAttributes: 0 });
  expect(await managed(TITLE)).toEqual([]);
});

describe('the right to read objects', () => {
  // Shows: Connector / nothing that became unreadable counts as deleted (samba)
  test('is withdrawn from one organizational unit: its objects stay, while a real deletion is believed after two reads', async () => {
    await plain.grant(`OU=Side,${product.source.ou}`, { effect: 'deny', rights: RIGHT.listChildren });
    await done(product.source.writer.remove({ dn: product.source.dn('Person 12') }));
    expect((await cycle('delta')).counts).toMatchObject({ disconnected: 0 });
    expect(await absentReads('Person 12')).toMatchObject({ absent_reads: 0, gone: false });
    await cycle('full');
    expect(await absentReads('Person 12')).toMatchObject({ absent_reads: 1, gone: false });
    await cycle('full');
    expect(await absentReads('Person 12')).toMatchObject({ gone: true });
    for (const name of ['Side 1', 'Side 2'])
      expect(await absentReads(name)).toEqual({ absent_reads: 1, gone: false, state: 'connected' });
    expect(await warnings()).toEqual(expect.arrayContaining(['FW102', 'FW204']));
    await plain.revoke(`OU=Side,${product.source.ou}`);
    await cycle('full');
    for (const name of ['Side 1', 'Side 2']) expect(await absentReads(name)).toMatchObject({ absent_reads: 0 });
    // Not the warning: other tests empty their organizational units in this domain, and this account is told of no deletion.
  });

  // Shows: Connector / an object that is no longer readable, but not deleted, never counts as deleted (samba)
  test('is withdrawn from one object: it stays', async () => {
    const dn = product.source.dn('Person 11');
    await plain.grant(dn, { effect: 'deny', rights: RIGHT.readProperty });
    await cycle('full');
    await cycle('full');
    expect(await absentReads('Person 11')).toEqual({ absent_reads: 1, gone: false, state: 'connected' });
    await plain.revoke(dn);
    await cycle('full');
    expect(await absentReads('Person 11')).toEqual({ absent_reads: 0, gone: false, state: 'connected' });
  });

  // Shows: Mistakes / the bind account without its read right: nothing is deleted, cleared or doubled, and it goes on after (samba)
  test('is withdrawn from all: nothing is read, nothing changes, and it goes on when the right is back', async () => {
    const places = [product.source.ou, `OU=Side,${product.source.ou}`];
    const before = await product.managedObjects(shown);
    for (const place of places) await plain.grant(place, { effect: 'deny', rights: RIGHT.listChildren });
    await replace('Person 3', 'department', 'Sales');
    for (const profile of ['delta', 'full', 'full'] as const)
      expect((await cycle(profile)).counts).toMatchObject({ unreadable: 1, read: 0, planned: 0, disconnected: 0 });
    expect(await warnings()).toEqual(['FW202']);
    expect(await product.managedObjects(shown)).toEqual(before);
    for (const place of places) await plain.revoke(place);
    expect((await cycle('delta')).counts).toMatchObject({ unreadable: 0, whole: 1, planned: 1, failed: 0 });
    expect(await warnings()).not.toContain('FW202');
    expect(await managed('department')).toEqual(['Person 1', 'Person 3']);
    const after = await product.managedObjects([]);
    expect([...after].map(([name, { guid }]) => [name, guid])).toEqual(
      [...before].map(([name, { guid }]) => [name, guid]),
    );
  });

  // Shows: Guard / a suspiciously short whole read is never a delete (samba)
  test('is withdrawn from so much that a read is too short: nothing counts as absent, and it is read again soon', async () => {
    await setReading({ absent: [TITLE], shortRead: { percent: 1, objects: 10, again: '1h' } });
    await product.database.query("DELETE FROM sentinel WHERE forest_id = $1 AND attribute = ''", [product.forest]);
    await product.database.query("UPDATE identity SET state = 'disconnected' WHERE source_forest = $1", [
      product.forest,
    ]);
    await plain.grant(product.source.ou, { effect: 'deny', rights: RIGHT.listChildren });
    expect((await cycle('full')).counts).toMatchObject({ short: 1, absent: 0, gone: 0 });
    expect(await warnings()).toContain('FW203');
    const [due] = await product.database.query<{ minutes: number }>(
      'SELECT extract(epoch FROM whole_due - now())::int / 60 AS minutes FROM watermark WHERE forest_id = $1',
      [product.forest],
    );
    expect(due?.minutes).toBeGreaterThan(55);
    await plain.revoke(product.source.ou);
    await product.database.query('UPDATE watermark SET whole_due = now() WHERE forest_id = $1', [product.forest]);
    expect(await absentReads('Person 1')).toMatchObject({ absent_reads: 0, gone: false });
    expect((await cycle('delta')).counts).toMatchObject({ whole: 1 });
    const [run] = await product.database.query<{ reading: Readonly<Record<string, unknown>> }>(
      'SELECT reading FROM run WHERE forest_id = $1 ORDER BY id DESC LIMIT 1',
      [product.forest],
    );
    expect(Object.values(run?.reading ?? {})).toMatchObject([{ whole: 'the last one was short' }]);
  });
});
