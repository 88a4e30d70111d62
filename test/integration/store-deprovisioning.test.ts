import { delayEnd, resumeEnd } from '../../store/deprovisioning-clock.ts';
import { closeEnd, recordRemoval, takeEnd, type EndWork } from '../../store/deprovisioning.ts';
import { plannableIdentities } from '../../store/identities.ts';
import { ServiceTaken } from '../../store/service-work.ts';
import { Planning } from '../support/planning.ts';
import { type CustomerStore, evaluated, guid, outOfScope, useStore } from '../support/store.ts';

const store = useStore();
let one: CustomerStore;
let planning: Planning;
let identity: string;

/** An object that has left the scope, and whose retention time is over. */
beforeEach(async () => {
  one = await store.customer();
  planning = new Planning(one);
  await planning.synchronized({ number: 1 });
  await planning.leave(1);
  await planning.undo(1, 'remove');
  const [row] = await store.database.query<{ id: string }>(
    'SELECT id FROM identity WHERE source_forest = $1 AND source_guid = $2',
    [one.forest, guid(1)],
  );
  identity = row?.id ?? '';
});

async function take(run = 'deprovision', scheduledAt = 2): Promise<EndWork> {
  const work = await takeEnd(
    store.database,
    identity,
    { workflowId: 'w', workflowRun: run, scheduledAt },
    0,
    'DC=mgd,DC=fabrikam,DC=test',
  );
  if (work === null) throw new Error('nothing ends');
  return work;
}

async function removals(): Promise<number> {
  const [row] = await store.database.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM planned_change WHERE identity_id = $1 AND operation = 'delete'",
    [identity],
  );
  return row?.count ?? 0;
}

// Shows: Timers / who returns between the last look and the deletion is not deleted (postgresql)
test('a removal is not begun when the object has returned since the step was taken', async () => {
  const work = await take();
  await one.evaluate(evaluated(1));
  expect(await recordRemoval(store.database, work, one.managedGuid(1))).toBe(false);
  expect(await removals()).toBe(0);
});

// Shows: Timers / a removal that was broken off is on record once (postgresql)
test('a removal that was broken off goes on in the same record, and an attempt before it writes no more', async () => {
  const first = await take();
  expect(await recordRemoval(store.database, first, one.managedGuid(1))).toBe(true);
  const second = await take('deprovision', 3);
  await expect(recordRemoval(store.database, first, one.managedGuid(1))).rejects.toThrow(ServiceTaken);
  expect(await recordRemoval(store.database, second, one.managedGuid(1))).toBe(true);
  expect(await removals()).toBe(1);
});

// Shows: Timers / who returns in the moment of the deletion is made anew (postgresql)
test('who returned in the moment of the deletion is evaluated again, so that object and services are made anew', async () => {
  const work = await take();
  await recordRemoval(store.database, work, one.managedGuid(1));
  await one.evaluate(evaluated(1));
  await store.database.transaction((transaction) => closeEnd(transaction, work, 'done', true));
  const [row] = await store.database.query<{ unsettled: boolean; managed: string | null }>(
    'SELECT e.unsettled, i.managed_guid AS managed FROM identity i JOIN evaluation e ON e.forest_id = i.source_forest AND e.guid = i.source_guid WHERE i.id = $1',
    [identity],
  );
  expect(row).toEqual({ unsettled: true, managed: null });
});

// Shows: Deprovisioning / another trigger after the end is planned once more, and so passes the guard (postgresql)
test('an object whose services have ended is disconnected again for another reason, and not for the same one', async () => {
  const lost = (): Promise<string | null | undefined> =>
    store.database.transaction(async (transaction) => {
      const [plannable] = await plannableIdentities(transaction, one.forest, 10);
      return plannable?.lost;
    });
  await one.evaluate({ ...outOfScope(1), ending: 'mailCleared' });
  const work = await take();
  await store.database.transaction((transaction) => closeEnd(transaction, work, 'done'));
  await one.evaluate({ ...outOfScope(1), ending: 'mailCleared' });
  expect(await lost()).toBeNull();
  await one.evaluate({ ...outOfScope(1), ending: 'filtered' });
  expect(await lost()).toBe('excluded');
});

// Shows: Timers / delay: the time that the clock was stopped for is added once (postgresql)
test('the clock is stopped once, and started once', async () => {
  expect(await resumeEnd(store.database, identity)).toBe(false);
  expect(await delayEnd(store.database, identity, 'Olga')).toBe(true);
  expect(await delayEnd(store.database, identity, 'Olga')).toBe(false);
  expect((await take()).delayed).toBe(true);
  expect(await resumeEnd(store.database, identity)).toBe(true);
  expect((await take('deprovision', 3)).delayed).toBe(false);
});
