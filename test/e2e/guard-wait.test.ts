import { applyConfiguration } from '../../store/configurations.ts';
import {
  approveUpdate,
  pauseSignal,
  progressQuery,
  rejectUpdate,
  resumeSignal,
  type CycleStage,
} from '../../workflows/messages.ts';
import { startCycle, waitingList } from '../support/approval.ts';
import { done } from '../support/directory-sandbox.ts';
import { recordHistory } from '../support/histories.ts';
import { mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
const operator = 'Olga Operator';
const people = Array.from({ length: 30 }, (_, index) => `Person ${String(index + 10)}`);

beforeAll(async () => {
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      cycle: { ...configuration.cycle, pageSize: 10, writers: 1 },
      guard: {
        ...configuration.guard,
        others: 'wait',
        waitFor: '3s',
        attributes: { title: { changed: { count: 2, percent: 100, few: 2 } } },
      },
    }),
  });
  for (const name of people)
    await product.source.add(
      'user',
      name,
      mailUser(`${name.replace(' ', '')}.${product.name}`, { title: ['Engineer'], company: ['Contoso'] }),
    );
  expect((await product.cycle()).counts).toMatchObject({ planned: 30, unconfirmed: 0 });
});

afterAll(() => product.dispose());

async function change(attribute: string, value: string): Promise<void> {
  for (const name of people)
    await done(
      product.source.writer.modify({ dn: product.source.dn(name) }, [
        { operation: 'replace', attribute, values: [value] },
      ]),
    );
}

/** The values that the managed objects show, each once. */
async function shown(attribute: string): Promise<readonly string[]> {
  const objects = await product.managedObjects([attribute]);
  return [...new Set([...objects.values()].flatMap((entry) => entry.attributes[attribute] ?? []))].sort();
}

// Shows: Guard / other changes wait too where it is configured so; a list that nobody answers is dropped and asked for again (samba)
test('where the others wait too, nothing is written before an answer, and without one the next cycle asks again', async () => {
  await change('title', 'Architect');
  await change('company', 'Fabrikam');
  const unanswered = await startCycle(product);
  const list = await waitingList(unanswered);
  expect(list).toMatchObject({ changes: 30, whole: false });
  expect(await product.cycle()).toMatchObject({ outcome: 'skipped', holder: unanswered.workflowId });
  expect(await unanswered.result()).toMatchObject({ decision: 'expired', counts: { written: 0 } });
  expect([await shown('title'), await shown('company')]).toEqual([['Engineer'], ['Contoso']]);
  const rejected = await startCycle(product);
  expect(await waitingList(rejected)).toEqual(list);
  await rejected.executeUpdate(rejectUpdate, { args: [{ operator, hash: list.hash }] });
  expect(await rejected.result()).toMatchObject({ outcome: 'completed', counts: { written: 30, unconfirmed: 0 } });
  expect([await shown('title'), await shown('company')]).toEqual([['Engineer'], ['Fabrikam']]);
  await recordHistory(product.temporal, unanswered.workflowId, 'sync-cycle-expired');
});

// Shows: Guard / an answer in time counts although the tables take it after the end of the wait (samba)
test('an answer that comes in time counts, however long it takes to be recorded', async () => {
  await change('title', 'Surveyor');
  const cycle = await startCycle(product);
  const list = await waitingList(cycle);
  let answered: Promise<unknown> | undefined;
  await product.database.transaction(async (transaction) => {
    await transaction.query("SELECT FROM hold WHERE state = 'open' FOR UPDATE");
    answered = cycle.executeUpdate(approveUpdate, { args: [{ operator, hash: list.hash }] });
    await new Promise((resolve) => setTimeout(resolve, 4000));
  });
  await answered;
  expect(await cycle.result()).toMatchObject({ outcome: 'completed', counts: { written: 30, unconfirmed: 0 } });
  expect(await shown('title')).toEqual(['Surveyor']);
});

// Shows: Guard / an approved list of many pages is written over continuations of the workflow (samba)
test('an approved list of many pages is written, over continuations of its workflow', async () => {
  await applyConfiguration(product.database, {
    ...product.configuration,
    guard: { ...product.configuration.guard, others: 'go on', waitFor: '1h' },
    cycle: { ...product.configuration.cycle, pageSize: 10 },
  });
  await change('title', 'Director');
  await change('company', 'Northwind');
  const handle = await startCycle(product);
  // Signals make its history so long that it continues, before it asks and after that.
  const lengthen = async (): Promise<void> => {
    for (let times = 0; times < 100; times += 1) await handle.signal(resumeSignal);
  };
  await lengthen();
  const list = await waitingList(handle);
  expect(await shown('company')).toEqual(['Northwind']);
  const asking = await product.temporal.workflow.getHandle(handle.workflowId).describe();
  expect(asking.runId).not.toBe(handle.firstExecutionRunId);
  await lengthen();
  await handle.executeUpdate(approveUpdate, { args: [{ operator, hash: list.hash }] });
  expect(await handle.result()).toMatchObject({ decision: 'approved', counts: { failed: 0, unconfirmed: 0 } });
  expect(await shown('title')).toEqual(['Director']);
  const { runId } = await product.temporal.workflow.getHandle(handle.workflowId).describe();
  expect(runId).not.toBe(asking.runId);
  await recordHistory(product.temporal, handle.workflowId, 'sync-cycle-approved-continued');
});

// Shows: Guard / a list approved while the others are still written counts, over a continuation, whatever becomes of a second list of the same cycle (samba)
test('what was approved early is written, also when the cycle then finds more to ask for and that is rejected', async () => {
  const removedMembers = { ...product.configuration.guard.removedMembers, user: { count: 2, percent: 100, few: 2 } };
  await applyConfiguration(product.database, {
    ...product.configuration,
    guard: { ...product.configuration.guard, others: 'go on', waitFor: '1h', removedMembers },
  });
  const { source } = product;
  const members = people.map((name) => source.dn(name));
  await source.add('group', 'Team', mailGroup(`team.${product.name}`, { member: members }));
  await product.cycle();
  await change('title', 'Chancellor');
  await change('company', 'Adatum');
  await done(
    source.writer.modify({ dn: source.dn('Team') }, [
      { operation: 'delete', attribute: 'member', values: members.slice(0, 10) },
    ]),
  );
  const handle = await startCycle(product);
  const reached = async (wanted: CycleStage): Promise<void> => {
    while ((await handle.query(progressQuery)).stage !== wanted) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await reached('reading source');
  await handle.signal(pauseSignal);
  while (!('changed' in (await handle.query(progressQuery)).counts)) await reached('reading source');
  await handle.signal(resumeSignal);
  await reached('evaluating');
  // The signal that makes it pause after the first page makes its history long too.
  for (let times = 0; times < 100; times += 1) await handle.signal(pauseSignal);
  await reached('writing objects');
  const early = (await handle.query(progressQuery)).held;
  await handle.executeUpdate(approveUpdate, { args: [{ operator, hash: early?.hash ?? '' }] });
  await handle.signal(resumeSignal);
  const list = await waitingList(handle);
  expect(list.hash).not.toBe(early?.hash);
  expect([await shown('title'), await shown('company')]).toEqual([['Director'], ['Adatum']]);
  await handle.executeUpdate(rejectUpdate, { args: [{ operator, hash: list.hash }] });
  expect(await handle.result()).toMatchObject({ outcome: 'completed', counts: { failed: 0, unconfirmed: 0 } });
  const { runId } = await product.temporal.workflow.getHandle(handle.workflowId).describe();
  expect(runId).not.toBe(handle.firstExecutionRunId);
  expect(await shown('title')).toEqual(['Chancellor']);
  const team = (await product.managedObjects(['member'])).get('Team');
  expect(team?.links['member']).toHaveLength(30);
});
