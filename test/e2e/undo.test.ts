import { listPins, releasePin } from '../../store/pins.ts';
import { approveUpdate, rejectUpdate } from '../../workflows/messages.ts';
import { startCycle, startUndo, waitingList } from '../support/approval.ts';
import { done } from '../support/directory-sandbox.ts';
import { recordHistory } from '../support/histories.ts';
import { mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
let run: string;
const operator = 'Olga Operator';

beforeAll(async () => {
  product = await openProduct({
    change: (configuration) => ({ ...configuration, guard: { ...configuration.guard, firstPlan: 'approve' } }),
  });
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

/** What an operator would see of everybody: title, department, addresses, members. */
async function shown(): Promise<Readonly<Record<string, readonly string[]>>> {
  const objects = await product.managedObjects(['title', 'department', 'proxyAddresses', 'member', 'description']);
  return Object.fromEntries(
    [...objects].map(([name, entry]) => [
      name,
      [
        ...['title', 'department', 'proxyAddresses'].flatMap((attribute) =>
          [...(entry.attributes[attribute] ?? [])].sort(),
        ),
        ...(entry.links['member'] ?? []).map((target) => target.dn.replace(/^CN=([^,]*),.*$/, 'member $1')).sort(),
      ],
    ]),
  );
}

// Shows: Join / a customer's first cycle is a plan that waits for approval; rejected, it is asked for again (samba)
test('the first cycle of a forest writes nothing before its plan is approved', async () => {
  const guids: string[] = [];
  for (const name of ['Ada', 'Ben', 'Cem'])
    guids.push(
      await product.source.add('user', name, mailUser(alias(name), { title: ['Engineer'], department: ['A'] })),
    );
  await product.source.add('group', 'All', mailGroup(alias('all'), { member: guids.map((id) => `<GUID=${id}>`) }));
  const refused = await startCycle(product, 'full');
  const list = await waitingList(refused);
  expect(list).toMatchObject({ changes: 4, whole: true, reasons: [expect.stringContaining('first plan') as string] });
  expect(await shown()).toEqual({});
  // Nothing else runs meanwhile.
  expect(await product.cycle()).toMatchObject({ outcome: 'skipped', holder: refused.workflowId });
  await refused.executeUpdate(rejectUpdate, { args: [{ operator, hash: list.hash }] });
  expect(await refused.result()).toMatchObject({ decision: 'rejected', counts: { written: 0 } });
  expect(await shown()).toEqual({});
  const cycle = await startCycle(product);
  const again = await waitingList(cycle);
  expect(again).toEqual(list);
  await cycle.executeUpdate(approveUpdate, { args: [{ operator, hash: again.hash }] });
  expect(await cycle.result()).toMatchObject({ outcome: 'completed', counts: { written: 5, unconfirmed: 0 } });
  expect(Object.keys(await shown()).sort()).toEqual(['Ada', 'All', 'Ben', 'Cem']);
  await recordHistory(product.temporal, cycle.workflowId, 'sync-cycle-first-plan');
});

// Shows: Undo / undo of a cycle plans the reverse, shows it, and writes it when it is approved; a value changed since by something else is a conflict (samba)
test('an undo puts back what a cycle wrote, and leaves alone what has been changed since', async () => {
  const before = await shown();
  await change('Ada', 'title', 'Manager');
  await change('Ada', 'proxyAddresses', `SMTP:${alias('ada')}@contoso.test`, `smtp:${alias('lovelace')}@contoso.test`);
  await change('Ben', 'title');
  await change('Ben', 'department', 'B');
  await change('Cem', 'title', 'Director');
  const { source } = product;
  await done(
    source.writer.modify({ dn: source.dn('All') }, [
      { operation: 'delete', attribute: 'member', values: [source.dn('Cem')] },
    ]),
  );
  await source.add('user', 'Dua', mailUser(alias('dua')));
  const wrote = await product.cycle();
  expect(wrote.counts).toMatchObject({ unconfirmed: 0 });
  run = wrote.run ?? '';
  const after = await shown();
  expect(after['Ada']).toContain('Manager');
  expect(after['All']).not.toContain('member Cem');
  // Somebody else changes one of these values meanwhile.
  const ben = (await product.managedObjects([])).get('Ben');
  await done(
    product.managed.modify({ guid: ben?.guid ?? '' }, [
      { operation: 'replace', attribute: 'department', values: ['By hand'] },
    ]),
  );
  const undo = await startUndo(product, run);
  const list = await waitingList(undo);
  // Three users, of Ben the title only; Dua goes; Cem comes back into the group.
  expect(list).toMatchObject({ changes: 5, whole: true });
  expect(await shown()).toEqual({ ...after, Ben: expect.arrayContaining(['By hand']) as unknown });
  await undo.executeUpdate(approveUpdate, { args: [{ operator, hash: list.hash }] });
  expect(await undo.result()).toMatchObject({
    decision: 'approved',
    counts: { reversible: 5, conflicts: 1, written: 5, failed: 0, unconfirmed: 0 },
  });
  const undone = await shown();
  expect({ ...undone, Ben: null }).toEqual({ ...before, Ben: null });
  expect(undone['Ben']).toEqual(expect.arrayContaining(['By hand', 'Engineer']));
  const states = await product.database.query<{ state: string; count: number }>(
    "SELECT state, count(*)::int AS count FROM planned_change WHERE run_id = $1 AND operation <> 'disconnect' GROUP BY state ORDER BY state",
    [run],
  );
  // Ben's is not undone: a part of it was in conflict.
  expect(states).toEqual([
    { state: 'confirmed', count: 1 },
    { state: 'undone', count: 4 },
  ]);
  await recordHistory(product.temporal, undo.workflowId, 'undo-cycle-approved');
});

// Shows: Undo / after an undo ten further cycles, one of them full, write none of it again (samba)
test('what was undone is not written by ten further cycles', async () => {
  const before = await shown();
  for (let times = 0; times < 10; times += 1) {
    const { counts } = await product.cycle();
    expect(counts).toMatchObject({ plannedReferences: 0 });
    // Ben's department was no part of what was undone: it is drift, and corrected by the first of these cycles.
    expect(counts).toMatchObject(times === 0 ? { planned: 1 } : { planned: 0, written: 0 });
  }
  expect({ ...(await shown()), Ben: null }).toEqual({ ...before, Ben: null });
});

// Shows: Undo / a pin ends when the source value changes or an operator releases it (samba)
test('a pin ends when something else is wanted, and when an operator releases it', async () => {
  await change('Ada', 'title', 'Owner');
  const { source } = product;
  await done(
    source.writer.modify({ dn: source.dn('All') }, [
      { operation: 'add', attribute: 'member', values: [source.dn('Cem')] },
    ]),
  );
  await product.cycle();
  expect((await shown())['Ada']).toContain('Owner');
  await done(
    source.writer.modify({ dn: source.dn('All') }, [
      { operation: 'delete', attribute: 'member', values: [source.dn('Cem')] },
    ]),
  );
  await product.cycle();
  // Once the source said the same as the managed side the pin was over; now it says something else.
  expect((await shown())['All']).not.toContain('member Cem');
  const pins = await listPins(product.database, product.forest, 20);
  const ofDua = pins.find((pin) => pin.operation === 'add');
  expect(ofDua).toMatchObject({ sourceDn: source.dn('Dua'), reason: 'undone', operator });
  await product.database.transaction((transaction) => releasePin(transaction, ofDua?.id ?? '', operator));
  await product.cycle();
  expect(Object.keys(await shown())).toContain('Dua');
});

// Shows: Undo / an undo that is rejected writes nothing and pins nothing; everything that was written is on record (samba)
test('an undo that is rejected changes nothing', async () => {
  await change('Ada', 'title', 'Nobody');
  const wrote = await product.cycle();
  const before = await shown();
  const pins = await listPins(product.database, product.forest, 20);
  const undo = await startUndo(product, wrote.run ?? '');
  const list = await waitingList(undo);
  await undo.executeUpdate(rejectUpdate, { args: [{ operator, hash: list.hash }] });
  expect(await undo.result()).toMatchObject({ decision: 'rejected', counts: { written: 0 } });
  expect(await shown()).toEqual(before);
  expect(await listPins(product.database, product.forest, 20)).toEqual(pins);
  expect((await product.cycle()).counts).toMatchObject({ planned: 0 });
  await recordHistory(product.temporal, undo.workflowId, 'undo-cycle-rejected');
});

// Shows: Undo / an undo of an undo brings back what cycles want, and ends its pins; what it had deleted is a conflict (samba)
test('an undo can be undone', async () => {
  await change('Ben', 'title', 'Captain');
  await product.source.add('user', 'Eve', mailUser(alias('eve')));
  const wrote = await product.cycle();
  const first = await approved(wrote.run ?? '');
  expect(first.counts).toMatchObject({ reversible: 2, conflicts: 0 });
  expect((await shown())['Ben']).not.toContain('Captain');
  const second = await approved(first.run ?? '');
  expect(second.counts).toMatchObject({ reversible: 1, conflicts: 1, unconfirmed: 0 });
  expect((await shown())['Ben']).toContain('Captain');
  const pins = await listPins(product.database, product.forest, 20);
  expect(pins.map(({ sourceDn, attribute }) => [sourceDn, attribute])).not.toContainEqual([
    product.source.dn('Ben'),
    'title',
  ]);
  // It is wanted again, and corrected as anything else.
  const ben = (await product.managedObjects([])).get('Ben');
  await done(
    product.managed.modify({ guid: ben?.guid ?? '' }, [
      { operation: 'replace', attribute: 'title', values: ['By hand'] },
    ]),
  );
  await product.cycle();
  expect((await shown())['Ben']).toContain('Captain');
});

// Shows: Undo / what an undo could not put back is not pinned (samba)
test('what the Managed Forest refuses to take back is not pinned', async () => {
  await change('Cem', 'title', 'Admiral');
  await change('Ada', 'title', 'Admiral');
  const wrote = await product.cycle();
  const undo = await startUndo(product, wrote.run ?? '');
  const list = await waitingList(undo);
  // Between the list and the answer somebody else changes one of them.
  const cem = (await product.managedObjects([])).get('Cem');
  await done(
    product.managed.modify({ guid: cem?.guid ?? '' }, [
      { operation: 'replace', attribute: 'title', values: ['By hand'] },
    ]),
  );
  await undo.executeUpdate(approveUpdate, { args: [{ operator, hash: list.hash }] });
  expect(await undo.result()).toMatchObject({ decision: 'approved' });
  const pins = await listPins(product.database, product.forest, 20);
  const titles = pins.filter((pin) => pin.attribute === 'title').map((pin) => pin.sourceDn);
  expect(titles).toContain(product.source.dn('Ada'));
  expect(titles).not.toContain(product.source.dn('Cem'));
});

/** Undoes a run, with an operator's approval. */
async function approved(of: string) {
  const undo = await startUndo(product, of);
  const list = await waitingList(undo);
  await undo.executeUpdate(approveUpdate, { args: [{ operator, hash: list.hash }] });
  return undo.result();
}
