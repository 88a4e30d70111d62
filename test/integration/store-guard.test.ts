import { randomUUID } from 'node:crypto';
import { applyHold } from '../../activities/apply-hold.ts';
import { answerHold, guardStage } from '../../activities/guard.ts';
import { retakeForest } from '../../activities/open-cycle.ts';
import { planForest, planForestReferences } from '../../activities/plan.ts';
import { writePage } from '../../activities/write-page.ts';
import type { Dependencies } from '../../activities/dependencies.ts';
import type { Arrival } from '../../activities/operator-answers.ts';
import type { Configuration } from '../../rules/configuration.ts';
import { recordFirstPlan } from '../../store/forests.ts';
import { releaseForestLock, requireForestLock, takeForestLock } from '../../store/locks.ts';
import { pinChanges } from '../../store/pins.ts';
import { confirmChanges, recordResults, unwritten, type PlannedChange, type PlanStage } from '../../store/plan.ts';
import { openRun, readRun, type Run } from '../../store/runs.ts';
import { planUndo } from '../../store/undo.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';
import { image } from '../support/source-object.ts';
import { CustomerStore, evaluated, guid, member, openStore, staged } from '../support/store.ts';

let store: Awaited<ReturnType<typeof openStore>>;
let customers = 0;
let one: CustomerStore;
let configuration: Configuration;
let dependencies: Dependencies;
const never = new AbortController().signal;
const operator = 'Olga Operator';
const arrival = (): Arrival => ({ at: Date.now(), step: randomUUID(), workflowId: '' });

beforeAll(async () => {
  store = await openStore();
});

afterAll(() => store.dispose());

beforeEach(async () => {
  customers += 1;
  one = await CustomerStore.open(store.database, `g${String(customers)}`);
  const sample = sampleConfiguration();
  configuration = { ...sample, customer: one.customer, guard: { ...sample.guard, firstPlan: 'waive' } };
  dependencies = {
    database: store.database,
    rulesVersion: '1',
    secret: () => Promise.resolve(''),
    workflows: {
      isRunning: () => Promise.resolve(true),
      holdChanged: () => Promise.resolve(),
      startDeprovisioning: () => Promise.resolve(),
      startProvisioning: () => Promise.resolve(),
      startReconnection: () => Promise.resolve(),
      endAll: () => Promise.resolve({ running: 0, waits: [] }),
      endSchedules: () => Promise.resolve(),
      startReport: () => Promise.resolve(),
      lookAtAlerts: () => Promise.resolve(),
    },
  };
});

async function plan(run: Run, stage: PlanStage = 'objects'): Promise<readonly PlannedChange[]> {
  if (stage === 'objects') await planForest(store.database, run, configuration, 'corp', never);
  else await planForestReferences(store.database, run, configuration);
  return unwritten(store.database, run.id, stage, 0);
}

async function write(run: Run, stage: PlanStage = 'objects'): Promise<void> {
  const changes = await unwritten(store.database, run.id, stage, 0);
  await store.database.transaction((transaction) =>
    recordResults(
      transaction,
      changes.map(({ id }) => ({ id, ok: true })),
    ),
  );
}

interface Sample {
  readonly number: number;
  readonly members?: readonly number[];
  readonly manager?: number;
}

/** Writes new objects in a run of their own, and reads and confirms them. */
async function written(...objects: readonly Sample[]): Promise<Run> {
  await one.stage(
    await one.run(),
    ...objects.map(({ number, members, manager }) =>
      staged(number, members === undefined ? 'user' : 'group', {}, [
        ...(members ?? []).map(member),
        ...(manager === undefined ? [] : [{ attribute: 'manager', target: guid(manager), targetDn: '' }]),
      ]),
    ),
  );
  await one.evaluate(...objects.map(({ number }) => evaluated(number)));
  const run = await one.run();
  await plan(run);
  await write(run);
  await one.seeManaged(
    ...objects.map(({ number, members }) => ({
      number,
      attributes: { displayName: `Object ${String(number)}` },
      ...(members === undefined ? {} : { members: [] }),
    })),
  );
  await plan(run, 'references');
  await write(run, 'references');
  await one.seeManaged(...objects.map(({ number, members }) => ({ number, ...(members && { members }) })));
  for (const { number, manager } of objects) if (manager !== undefined) await managedBy(number, manager);
  await store.database.transaction((transaction) => confirmChanges(transaction, run.id));
  return run;
}

async function managedBy(number: number, manager: number): Promise<void> {
  await store.database.query(
    "DELETE FROM managed_link WHERE forest_id = $1 AND holder = $2 AND attribute = 'manager'",
    [one.managed, one.managedGuid(number)],
  );
  await store.database.query(
    "INSERT INTO managed_link (forest_id, holder, attribute, target) VALUES ($1, $2, 'manager', $3)",
    [one.managed, one.managedGuid(number), one.managedGuid(manager)],
  );
}

/** The source names another manager. */
async function manager(number: number, now: number): Promise<void> {
  await one.stage(
    await one.run(),
    staged(number, 'user', {}, [{ attribute: 'manager', target: guid(now), targetDn: '' }]),
  );
  await one.evaluate(evaluated(number));
  await store.database.query('UPDATE identity SET links_dirty = true WHERE source_forest = $1 AND source_guid = $2', [
    one.forest,
    guid(number),
  ]);
}

function undoing(run: Run): Promise<Run> {
  return openRun(store.database, {
    customer: one.customer,
    forestId: one.forest,
    profile: 'undo',
    configuration: 1,
    workflowId: `undo/${one.customer}/${run.id}`,
    workflowRun: 'first',
    lockCounter: '1',
  }).then(runOf);
}

async function runOf(id: string): Promise<Run> {
  const run = await readRun(store.database, id);
  if (run === null) throw new Error('no run');
  return run;
}

async function states(run: Run): Promise<readonly string[]> {
  const rows = await store.database.query<{ text: string }>(
    "SELECT concat_ws(' ', operation, attribute, state, answer) AS text FROM planned_change WHERE run_id = $1 ORDER BY id",
    [run.id],
  );
  return rows.map((row) => row.text);
}

const undo = (run: Run, undone: Run): ReturnType<typeof planUndo> =>
  store.database.transaction((transaction) => planUndo(transaction, run, undone.id, 100));

describe('the forest while an operator is asked', () => {
  test('a workflow that continued as new takes it again for the run that it opened', async () => {
    const mine = { workflowId: `cycle/${one.customer}`, workflowRun: 'first' };
    const lock = await takeForestLock(store.database, one.forest, mine, null);
    const opened = await openRun(store.database, {
      customer: one.customer,
      forestId: one.forest,
      profile: 'delta',
      configuration: 1,
      ...mine,
      lockCounter: lock.taken ? lock.counter : '',
    });
    const before = await runOf(opened);
    await releaseForestLock(store.database, one.forest, before.lockCounter);
    expect(await retakeForest(dependencies, before)).toEqual({ taken: true });
    const after = await readRun(store.database, opened);
    expect(after?.lockCounter).not.toBe(before.lockCounter);
    await requireForestLock(store.database, one.forest, after?.lockCounter ?? '');
    // Told by the workflow run that the server names as the first of its chain.
    expect(await takeForestLock(store.database, one.forest, { workflowId: 'x', workflowRun: 'y' }, null)).toEqual({
      taken: false,
      holder: mine,
    });
  });

  // Shows: Join / a customer's first cycle is a plan that waits for approval, also where it has references only (postgresql)
  test('the first plan of a forest waits as a whole where only references differ', async () => {
    await written({ number: 1 }, { number: 2, members: [1] });
    await one.seeManaged({ number: 2, members: [] });
    const run = await one.run();
    configuration = { ...configuration, guard: { ...configuration.guard, firstPlan: 'approve' } };
    expect(await plan(run)).toEqual([]);
    expect(await guardStage(dependencies, run, configuration, 'objects')).toBeNull();
    expect(await plan(run, 'references')).toHaveLength(1);
    expect(await guardStage(dependencies, run, configuration, 'references')).toMatchObject({ changes: 1, whole: true });
    expect(await unwritten(store.database, run.id, 'references', 0)).toEqual([]);
  });
});

// Shows: Guard / what was planned is not written before the guard has looked at it, in whatever order steps are asked for (postgresql)
test('a plan is not written before the guard has looked at it, nor after it was planned again', async () => {
  await written({ number: 1 });
  const run = await one.run();
  const write = (stage: PlanStage): Promise<unknown> => writePage(dependencies, run, configuration, stage, 0, never);
  await plan(run);
  await expect(write('objects')).rejects.toThrow('the guard has not looked at the objects');
  await guardStage(dependencies, run, configuration, 'objects');
  expect(await write('objects')).toEqual({ written: 0, failed: 0 });
  await plan(run, 'references');
  await expect(write('references')).rejects.toThrow('the guard has not looked at the references');
  await guardStage(dependencies, run, configuration, 'references');
  await plan(run);
  await expect(write('objects')).rejects.toThrow('the guard has not looked at the objects');
  expect(await write('references')).toEqual({ written: 0, failed: 0 });
  await undo(run, run);
  await expect(write('references')).rejects.toThrow('the guard has not looked at the references');
});

describe('undo', () => {
  test('planned twice, by a step that is tried again, shows each conflict once', async () => {
    const first = await written({ number: 1 });
    await store.database.query(
      "UPDATE service SET facts = '{}' WHERE identity_id IN (SELECT id FROM identity WHERE source_forest = $1)",
      [one.forest],
    );
    await store.database.query(
      "INSERT INTO service (identity_id, service, state, facts) SELECT id, 'mail', 'provisioned', '{}' FROM identity WHERE source_forest = $1 ON CONFLICT DO NOTHING",
      [one.forest],
    );
    const run = await undoing(first);
    const found = await undo(run, first);
    expect(found).toEqual({ reversible: 0, conflicts: 1 });
    expect(await undo(run, first)).toEqual(found);
  });

  // Shows: Undo / an object that was built anew since is another run's, and is left alone (postgresql)
  test('does not delete the object that took the place of the one that the run made', async () => {
    const first = await written({ number: 1 });
    await store.database.query('UPDATE planned_change SET managed_guid = $2 WHERE run_id = $1', [first.id, guid(999)]);
    const run = await undoing(first);
    expect(await undo(run, first)).toEqual({ reversible: 0, conflicts: 1 });
  });

  test('leaves the references of what it deletes to the deletion', async () => {
    await written({ number: 3, members: [] });
    await one.stage(await one.run(), staged(3, 'group', {}, [member(1)]));
    await one.evaluate(evaluated(3));
    const first = await written({ number: 1 }, { number: 2, members: [1] });
    await one.seeManaged({ number: 3, members: [1] });
    const run = await undoing(first);
    expect(await undo(run, first)).toMatchObject({ reversible: 2 });
    expect((await states(run)).filter((text) => text.includes('planned'))).toEqual([
      'delete planned',
      'delete planned',
    ]);
  });

  // Shows: Undo / an object that got its mailbox while the undo waited for its approval is not deleted (postgresql)
  test('does not delete an object that got a mailbox while the list waited', async () => {
    const first = await written({ number: 1 });
    const run = await undoing(first);
    await undo(run, first);
    const list = await guardStage(dependencies, run, configuration, 'objects');
    expect(list).toMatchObject({ changes: 1 });
    await store.database.query(
      `INSERT INTO service (identity_id, service, state, facts) SELECT id, 'mail', 'provisioned', '{}' FROM identity WHERE source_forest = $1
       ON CONFLICT (identity_id, service) DO UPDATE SET facts = '{}'`,
      [one.forest],
    );
    expect(await answerHold(dependencies, run, 'approve', { hash: list?.hash ?? '', operator }, arrival())).toBeNull();
    await applyHold(store.database, run, configuration, 'corp', never);
    expect(await states(run)).toEqual(['delete dropped it has a mailbox, which is ended by deprovisioning']);
  });
});

describe('pins', () => {
  // Shows: Undo / the pin of a reference with one value ends when the source names a third (postgresql)
  test('a rejected manager stays rejected; a third one is written in place of the first', async () => {
    await written({ number: 1 }, { number: 2 }, { number: 3 }, { number: 4, manager: 1 });
    await manager(4, 2);
    const rejected = await one.run();
    expect(await plan(rejected, 'references')).toMatchObject([
      { before: [one.managedGuid(1)], after: [one.managedGuid(2)] },
    ]);
    await store.database.transaction((transaction) =>
      pinChanges(transaction, { reason: 'rejected', operator }, false, "p.run_id = $3 AND p.stage = 'references'", [
        rejected.id,
      ]),
    );
    await store.database.query("UPDATE planned_change SET state = 'rejected' WHERE run_id = $1", [rejected.id]);
    await manager(4, 2);
    expect(await plan(await one.run(), 'references')).toEqual([]);
    await manager(4, 3);
    expect(await plan(await one.run(), 'references')).toMatchObject([
      { before: [one.managedGuid(1)], after: [one.managedGuid(3)] },
    ]);
  });

  // Shows: Undo / rejected is what was on the list, not what the source has come to want since (postgresql)
  test('a value that came while the list was being rejected is not pinned', async () => {
    await written({ number: 1 });
    await store.database.transaction((transaction) => recordFirstPlan(transaction, one.forest));
    const wanting = (displayName: string): ReturnType<typeof evaluated> =>
      evaluated(1, { wanted: image({ displayName }) });
    await one.evaluate(wanting('Second'));
    const run = await one.run();
    await plan(run);
    configuration = {
      ...configuration,
      guard: { ...configuration.guard, changed: { count: 0, percent: 0, few: 0 } },
    };
    const list = await guardStage(dependencies, run, configuration, 'objects');
    await one.evaluate(wanting('Third'));
    expect(await answerHold(dependencies, run, 'reject', { hash: list?.hash ?? '', operator }, arrival())).toBeNull();
    expect(await plan(await one.run())).toMatchObject([{ after: { displayName: ['Third'] } }]);
    await one.evaluate(wanting('Second'));
  });

  test('of an approved change the part that is not wanted any more is planned again', async () => {
    await written({ number: 1 });
    await store.database.transaction((transaction) => recordFirstPlan(transaction, one.forest));
    await one.evaluate(evaluated(1, { wanted: image({ displayName: 'New', title: 'New' }) }));
    const run = await one.run();
    await plan(run);
    configuration = {
      ...configuration,
      guard: { ...configuration.guard, changed: { count: 0, percent: 0, few: 0 } },
    };
    await store.database.query('UPDATE planned_change SET before = $2 WHERE run_id = $1', [
      run.id,
      JSON.stringify({ displayName: ['Object 1'], title: ['Old'] }),
    ]);
    const list = await guardStage(dependencies, run, configuration, 'objects');
    await answerHold(dependencies, run, 'approve', { hash: list?.hash ?? '', operator }, arrival());
    await applyHold(store.database, run, configuration, 'corp', never);
    expect(
      await store.database.query('SELECT plan_dirty FROM identity WHERE source_forest = $1', [one.forest]),
    ).toEqual([{ plan_dirty: true }]);
  });
});
