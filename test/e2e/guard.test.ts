import { heldChanges } from '../../store/holds.ts';
import { listPins, releasePin } from '../../store/pins.ts';
import { approveUpdate, rejectUpdate } from '../../workflows/messages.ts';
import { startCycle, waitingList } from '../support/approval.ts';
import { done } from '../support/directory-sandbox.ts';
import { recordHistory } from '../support/histories.ts';
import { Ends } from '../support/ends.ts';
import { mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
const people = ['Ada', 'Ben', 'Cem', 'Dua', 'Eve', 'Fay', 'Gus', 'Hal'] as const;
const operator = 'Olga Operator';

beforeAll(async () => {
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      guard: {
        ...configuration.guard,
        disconnected: { ...configuration.guard.disconnected, user: { count: 2, percent: 100, few: 2 } },
        removedMembers: { ...configuration.guard.removedMembers, user: { count: 2, percent: 100, few: 2 } },
        attributes: {
          title: { cleared: { count: 2, percent: 100, few: 2 } },
          department: { changed: { count: 2, percent: 100, few: 2 } },
        },
      },
      deprovisioning: { ...configuration.deprovisioning, grace: '1s' },
    }),
  });
  const guids: string[] = [];
  for (const name of people)
    guids.push(
      await product.source.add(
        'user',
        name,
        mailUser(alias(name), { title: ['Engineer'], department: ['Bridges'], company: ['Contoso'] }),
      ),
    );
  await product.source.add('group', 'All', mailGroup(alias('all'), { member: guids.map((id) => `<GUID=${id}>`) }));
  expect((await product.cycle()).counts).toMatchObject({ planned: 9, failed: 0, unconfirmed: 0 });
});

afterAll(() => product.dispose());

function alias(name: string): string {
  return `${name.toLowerCase()}.${product.name}`;
}

async function change(name: string, attribute: string, ...values: readonly string[]): Promise<void> {
  await done(
    product.source.writer.modify({ dn: product.source.dn(name) }, [{ operation: 'replace', attribute, values }]),
  );
}

async function shown(attribute: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const objects = await product.managedObjects([attribute]);
  return Object.fromEntries(people.map((name) => [name, objects.get(name)?.attributes[attribute] ?? []]));
}

// Shows: Guard / cleared values of one attribute over its limit wait, the other changes of the same objects go on, other cycles go on (samba)
test('titles that are cleared over the limit wait for approval, while everything else goes on', async () => {
  for (const name of ['Ada', 'Ben', 'Cem']) {
    await change(name, 'title');
    await change(name, 'company', 'Fabrikam');
  }
  const handle = await startCycle(product);
  const list = await waitingList(handle);
  expect(list.changes).toBe(3);
  expect(list.reasons).toEqual([expect.stringMatching(/^title to be cleared: 3 of 8 \(37\.5 %\), limit 2 and 100 %$/)]);
  expect(await shown('title')).toMatchObject({ Ada: ['Engineer'], Ben: ['Engineer'], Cem: ['Engineer'] });
  expect(await shown('company')).toMatchObject({ Ada: ['Fabrikam'], Ben: ['Fabrikam'], Cem: ['Fabrikam'] });
  // Another cycle runs meanwhile and writes what is not on the list.
  await change('Dua', 'company', 'Northwind');
  expect((await product.cycle()).outcome).toBe('completed');
  expect(await shown('company')).toMatchObject({ Dua: ['Northwind'] });
  expect(await shown('title')).toMatchObject({ Ada: ['Engineer'] });
  await expect(
    handle.executeUpdate(approveUpdate, { args: [{ operator, hash: '0123456789abcdef' }] }),
  ).rejects.toThrow();
  await handle.executeUpdate(approveUpdate, { args: [{ operator, hash: list.hash }] });
  expect(await handle.result()).toMatchObject({
    outcome: 'completed',
    decision: 'approved',
    counts: { unconfirmed: 0 },
  });
  expect(await shown('title')).toMatchObject({ Ada: [], Ben: [], Cem: [], Dua: ['Engineer'] });
  await recordHistory(product.temporal, handle.workflowId, 'sync-cycle-approved');
});

// Shows: Guard / an approved row is evaluated again just before it is written: what is no longer wanted, or no longer shown, is dropped and reported (samba)
test('of an approved list only what is still wanted, and still shown as it was, is written', async () => {
  for (const name of ['Dua', 'Eve', 'Fay']) await change(name, 'department', 'Tunnels');
  const handle = await startCycle(product);
  const list = await waitingList(handle);
  // Somebody changes one on the managed side: the operator has approved something else.
  const managed = (await product.managedObjects([])).get('Eve');
  await done(
    product.managed.modify({ guid: managed?.guid ?? '' }, [
      { operation: 'replace', attribute: 'department', values: ['By hand'] },
    ]),
  );
  await handle.executeUpdate(approveUpdate, { args: [{ operator, hash: list.hash }] });
  expect(await handle.result()).toMatchObject({ decision: 'approved' });
  expect(await shown('department')).toMatchObject({ Dua: ['Tunnels'], Eve: ['By hand'], Fay: ['Tunnels'] });
  const dropped = await product.database.query(
    "SELECT p.answer FROM planned_change p JOIN identity i ON i.id = p.identity_id WHERE i.cn = 'Eve' AND p.state = 'dropped' AND p.after ? 'department'",
  );
  expect(dropped).toContainEqual({ answer: expect.stringContaining('shows something else') as string });
  // The next cycle plans it anew: one by itself passes no limit.
  expect((await product.cycle()).outcome).toBe('completed');
  expect(await shown('department')).toMatchObject({ Eve: ['Tunnels'] });
});

// Shows: Guard / a list of which another cycle planned a part anew has another hash, and an answer to the old one is refused (samba)
test('an answer counts for exactly the list that was shown', async () => {
  for (const name of ['Dua', 'Eve', 'Fay']) await change(name, 'title');
  const handle = await startCycle(product);
  const before = await waitingList(handle);
  await change('Eve', 'title', 'Architect');
  await product.cycle();
  const after = await waitingList(handle);
  expect(after).toMatchObject({ changes: 2 });
  expect(after.hash).not.toBe(before.hash);
  await expect(handle.executeUpdate(approveUpdate, { args: [{ operator, hash: before.hash }] })).rejects.toThrow();
  // Small steps do not pass the limit either: what waits is counted along.
  await change('Gus', 'title');
  const second = await startCycle(product);
  expect(await waitingList(second)).toMatchObject({ changes: 1 });
  expect(await shown('title')).toMatchObject({ Gus: ['Engineer'] });
  // What waits for an answer can be looked at, one by one.
  const [run] = await product.database.query<{ id: string }>('SELECT id FROM run WHERE workflow_id = $1', [
    handle.workflowId,
  ]);
  const changes = await heldChanges(product.database, run?.id ?? '', '0', 10);
  const listed = changes.map(({ sourceDn, before: had, after: gets }) => ({ sourceDn, had, gets }));
  expect(listed.sort((one, other) => (one.sourceDn < other.sourceDn ? -1 : 1))).toEqual(
    ['Dua', 'Fay'].map((name) => ({
      sourceDn: product.source.dn(name),
      had: { title: ['Engineer'] },
      gets: { title: [] },
    })),
  );
  await handle.executeUpdate(rejectUpdate, { args: [{ operator, hash: after.hash }] });
  expect(await handle.result()).toMatchObject({ decision: 'rejected' });
  const last = await waitingList(second);
  await second.executeUpdate(rejectUpdate, { args: [{ operator, hash: last.hash }] });
  await second.result();
  await recordHistory(product.temporal, handle.workflowId, 'sync-cycle-rejected');
});

// Shows: Undo / what was rejected is pinned: ten further cycles don't write it, until the source value changes or an operator releases it (samba)
test('what was rejected is not written by ten further cycles, until it changes or is released', async () => {
  for (let times = 0; times < 10; times += 1)
    expect((await product.cycle()).counts).toMatchObject({ planned: 0, written: 0, pinned: 3 });
  expect(await shown('title')).toMatchObject({ Dua: ['Engineer'], Fay: ['Engineer'], Gus: ['Engineer'] });
  const pins = await listPins(product.database, product.forest, 10);
  expect(pins.map(({ sourceDn, attribute, reason, operator: by }) => [sourceDn, attribute, reason, by])).toEqual(
    ['Dua', 'Fay', 'Gus'].map((name) => [product.source.dn(name), 'title', 'rejected', operator]),
  );
  const ofFay = pins.find((pin) => pin.sourceDn === product.source.dn('Fay'));
  await product.database.transaction((transaction) => releasePin(transaction, ofFay?.id ?? '', operator));
  await change('Dua', 'title', 'Director');
  await product.cycle();
  expect(await shown('title')).toMatchObject({ Dua: ['Director'], Fay: [], Gus: ['Engineer'] });
  expect(await listPins(product.database, product.forest, 10)).toHaveLength(1);
});

// Shows: Guard / disconnections and removed members over their limits wait (samba)
test('users that leave the scope over the limit stay connected, and in their groups, until it is approved', async () => {
  const { source } = product;
  for (const name of ['Ada', 'Ben', 'Cem'])
    await done(source.writer.rename({ dn: source.dn(name) }, name, `OU=Excluded,${source.ou}`));
  const handle = await startCycle(product);
  const list = await waitingList(handle);
  expect(list).toMatchObject({ changes: 3, reasons: [expect.stringContaining('users to be disconnected: 3 of 8')] });
  const members = async (): Promise<number> =>
    (await product.managedObjects(['member'])).get('All')?.links['member']?.length ?? 0;
  expect((await product.cycle()).counts).toMatchObject({ disconnected: 0, plannedReferences: 0 });
  expect(await members()).toBe(8);
  await handle.executeUpdate(approveUpdate, { args: [{ operator, hash: list.hash }] });
  await handle.result();
  // When the grace time is over their memberships are a list of their own.
  await product.cycle();
  const ends = new Ends(product);
  for (const name of ['Ada', 'Ben', 'Cem']) await ends.stage(name, 'retention');
  expect(await members()).toBe(8);
  const next = await startCycle(product);
  const leaving = await waitingList(next);
  expect(leaving).toMatchObject({ reasons: [expect.stringContaining('users to leave groups: 3 of 8')] });
  expect(await members()).toBe(8);
  await next.executeUpdate(approveUpdate, { args: [{ operator, hash: leaving.hash }] });
  expect(await next.result()).toMatchObject({ decision: 'approved', counts: { unconfirmed: 0 } });
  expect(await members()).toBe(5);
  expect((await product.managedObjects([])).size).toBe(9);
});

// Shows: Guard / a list whose workflow was terminated is asked for anew by the next cycle (samba)
test('a list whose workflow was terminated is asked for anew', async () => {
  for (const name of ['Dua', 'Eve', 'Fay']) await change(name, 'department', 'Roads');
  const handle = await startCycle(product);
  const list = await waitingList(handle);
  await handle.terminate('test');
  const again = await startCycle(product);
  expect(await waitingList(again)).toEqual(list);
  await again.executeUpdate(approveUpdate, { args: [{ operator, hash: list.hash }] });
  await again.result();
  expect(await shown('department')).toMatchObject({ Dua: ['Roads'], Eve: ['Roads'], Fay: ['Roads'] });
});
