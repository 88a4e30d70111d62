import { CLOCK_STOPPED_BY } from '../../rules/offboarding.ts';
import { applyConfiguration, currentConfiguration } from '../../store/configurations.ts';
import { settleDisconnected } from '../../store/deprovisioning.ts';
import { delayEnd } from '../../store/deprovisioning-clock.ts';
import { forestStandings } from '../../store/forest-standing.ts';
import {
  approveWaves,
  closeOffboarding,
  lastOffboarding,
  openOffboarding,
  stopClocks,
  whyNoCycle,
  type OffboardingWay,
} from '../../store/offboarding.ts';
import { closeWaves, leftOver, offboardingCounts, untaken, withdraw } from '../../store/offboarding-waves.ts';
import { takeUpWithdrawn } from '../../store/offboarding-gate.ts';
import { dirtySources, stagedSources } from '../../store/source-space.ts';
import { evaluated, guid, outOfScope, staged, useStore, type CustomerStore } from '../support/store.ts';

const store = useStore();

function open(one: CustomerStore, way: OffboardingWay, openedBy: string): Promise<string | null> {
  return one.database.transaction((transaction) => openOffboarding(transaction, one.customer, way, 'Olga', openedBy));
}

async function customers(one: CustomerStore): Promise<readonly string[]> {
  return (await forestStandings(one.database)).map(({ customer }) => customer);
}

async function applyAgain(one: CustomerStore): ReturnType<typeof applyConfiguration> {
  const current = await currentConfiguration(one.database, one.customer);
  if (current === null) throw new Error('no configuration');
  return applyConfiguration(one.database, current.configuration);
}

// Shows: Offboarding / from its start no cycle of a customer who is left begins; it is opened once by each run of its workflow (postgresql)
test('an offboarding is in force from its start until the customer is brought back', async () => {
  const one = await store.customer();
  expect(await whyNoCycle(one.database, one.customer)).toBeNull();
  const first = await open(one, 'leave', `${one.customer}-1`);
  expect(await open(one, 'leave', `${one.customer}-1`)).toBe(first);
  expect(await whyNoCycle(one.database, one.customer)).toMatch(
    /offboarded since \d{4}-\d\d-\d\d.*config apply brings it back/,
  );
  expect(await customers(one)).not.toContain(one.customer);
  // Its workflow was lost before the end: the next one takes its place.
  const second = await open(one, 'leave', `${one.customer}-2`);
  expect(second).not.toBe(first);
  expect((await applyAgain(one)).broughtBack).toBe(false);
  await closeOffboarding(one.database, second ?? '', 'completed');
  expect(await open(one, 'leave', `${one.customer}-3`)).toBeNull();
  expect(await lastOffboarding(one.database, one.customer)).toMatchObject({
    id: second,
    state: 'completed',
    operator: 'Olga',
  });
  // The very same configuration, as a version of its own: everything is evaluated again.
  expect(await applyAgain(one)).toMatchObject({ broughtBack: true, number: 2 });
  expect(await applyAgain(one)).toMatchObject({ broughtBack: false, isNew: false });
  expect(await whyNoCycle(one.database, one.customer)).toBeNull();
  expect(await customers(one)).toContain(one.customer);
});

// Shows: Offboarding / clocks of services that end stand still until the customer is brought back; one that an operator stopped stays stopped (postgresql)
test('the clocks of ends stand still while the customer is away', async () => {
  const one = await store.customer();
  await one.stage(await one.run(), staged(1), staged(2));
  await one.evaluate(evaluated(1), evaluated(2));
  await one.seeManaged({ number: 1 }, { number: 2 });
  await one.evaluate(evaluated(1), evaluated(2));
  await one.evaluate(outOfScope(1), outOfScope(2));
  const identities = await one.database.query<{ id: string }>(
    "UPDATE identity SET state = 'disconnected' WHERE source_forest = $1 RETURNING id, source_guid",
    [one.forest],
  );
  await one.database.transaction((transaction) =>
    settleDisconnected(
      transaction,
      identities.map(({ id }) => id),
    ),
  );
  const of = (number: number): Promise<{ id: string; left: number; by: string | null }[]> =>
    one.database.query(
      `SELECT i.id, d.delayed_by AS by, extract(epoch FROM d.grace_until - coalesce(d.delayed_at, now()))::int AS left FROM deprovisioning d JOIN identity i ON i.id = d.identity_id
       WHERE i.source_forest = $1 AND i.source_guid = $2`,
      [one.forest, guid(number)],
    );
  await one.database.query("UPDATE deprovisioning SET grace_until = now() + interval '1 day', told = true");
  await delayEnd(one.database, (await of(2))[0]?.id ?? '', 'Ole');
  const id = await open(one, 'leave', `${one.customer}-1`);
  await stopClocks(one.database, one.customer);
  expect(await of(1)).toMatchObject([{ by: CLOCK_STOPPED_BY }]);
  await closeOffboarding(one.database, id ?? '', 'completed');
  expect((await lastOffboarding(one.database, one.customer))?.result).toMatchObject({
    objects: [{ forest: 'corp', kind: 'user', objects: 2, served: 0 }],
    open: { ends: 2, lists: 0 },
  });
  // A week later.
  await one.database.query(
    "UPDATE deprovisioning SET delayed_at = delayed_at - interval '7 days', grace_until = grace_until - interval '7 days'",
  );
  await applyAgain(one);
  const [running] = await of(1);
  expect(running?.by).toBeNull();
  expect(running?.left).toBeGreaterThan(86_000);
  expect(await of(2)).toMatchObject([{ by: 'Ole' }]);
});

/** The source objects of a customer that leave by now, by number. */
async function leaving(one: CustomerStore): Promise<readonly number[]> {
  const staged = await stagedSources(one.database, one.forest, null, 100);
  return staged.filter((object) => object.leaves).map((object) => Number(object.guid.slice(-12)));
}

async function takeUp(one: CustomerStore): Promise<readonly string[]> {
  await one.database.query('UPDATE source_object SET dirty = false WHERE forest_id = $1', [one.forest]);
  await one.database.transaction((transaction) => takeUpWithdrawn(transaction, one.forest));
  return (await dirtySources(one.database, one.forest, null, 100)).map((object) => object.guid);
}

function next(one: CustomerStore, offboarding: string, wave: number): Promise<number> {
  return one.database.transaction((transaction) =>
    withdraw(transaction, one.customer, { offboarding, wave, limit: 2 }),
  );
}

/** A customer with three users and a group that are in service, and a user who is not yet. */
async function inService(): Promise<CustomerStore> {
  const one = await store.customer();
  await one.stage(await one.run(), staged(1, 'group'), staged(2), staged(3), staged(4), staged(5));
  await one.evaluate(evaluated(1), evaluated(2), evaluated(3), evaluated(4));
  await one.seeManaged({ number: 1, members: [2] }, { number: 2 }, { number: 3 }, { number: 4 });
  await one.evaluate(evaluated(1), evaluated(2), evaluated(3), evaluated(4));
  return one;
}

// Shows: Offboarding / a wave takes its objects once, groups last, and none before the approval; newcomers do not come in, a cycle marks whom it concerns (postgresql)
test('a wave takes the next objects once, and the cycle that takes them up evaluates them', async () => {
  const one = await inService();
  const id = (await open(one, 'deprovision', `${one.customer}-1`)) ?? '';
  expect(await whyNoCycle(one.database, one.customer)).toBeNull();
  expect(await leaving(one)).toEqual([5]);
  expect(await next(one, id, 1)).toBe(0);
  expect(await approveWaves(one.database, 'another', id)).toBe(false);
  expect(await approveWaves(one.database, one.customer, id)).toBe(true);
  expect(await next(one, id, 1)).toBe(2);
  expect(await next(one, id, 1)).toBe(2);
  expect(await offboardingCounts(one.database, one.customer)).toMatchObject({ waiting: 2, open: 2, gone: 0 });
  expect(await untaken(one.database, one.customer)).toBe(2);
  expect(await leaving(one)).toEqual([5]);
  expect(await takeUp(one)).toEqual([guid(2), guid(3)]);
  expect(await takeUp(one)).toEqual([]);
  expect(await leaving(one)).toEqual([2, 3, 5]);
  expect(await next(one, id, 2)).toBe(2);
  expect(await takeUp(one)).toEqual([guid(1), guid(4)]);
  expect(await next(one, id, 3)).toBe(0);
});

// Shows: Offboarding / where each object that leaves stands: held by the guard, services end, blocked, kept, gone (postgresql)
test('each object that leaves is counted where it stands, and listed while something is left of it', async () => {
  const one = await inService();
  const id = (await open(one, 'deprovision', `${one.customer}-1`)) ?? '';
  await approveWaves(one.database, one.customer, id);
  await next(one, id, 1);
  await next(one, id, 2);
  await takeUp(one);
  const standing = async (): Promise<readonly string[]> =>
    (await leftOver(one.database, one.customer, 10)).map(
      (left) => `${String(Number(left.guid.slice(-12)))} ${left.standing}`,
    );
  const run = await one.run();
  const [hold] = await one.database.query<{ id: string }>(
    "INSERT INTO hold (run_id, hash, changes, reasons) VALUES ($1, 'h', 1, '[]') RETURNING id",
    [run.id],
  );
  await one.database.query(
    `INSERT INTO planned_change (run_id, configuration, identity_id, stage, page, operation, before, after, rule, state, hold_id)
     SELECT $1, 1, id, 'objects', 0, 'disconnect', '{}', '{}', '', 'held', $3 FROM identity WHERE source_forest = $2 AND source_guid = $4`,
    [run.id, one.forest, hold?.id, guid(2)],
  );
  expect(await standing()).toEqual(['2 held', '1 open', '3 open', '4 open']);
  const disconnected = await one.database.query<{ id: string }>(
    "UPDATE identity SET state = 'disconnected' WHERE source_forest = $1 AND source_guid = ANY($2) RETURNING id",
    [one.forest, [guid(1), guid(3), guid(4)]],
  );
  await one.database.transaction((transaction) =>
    settleDisconnected(
      transaction,
      disconnected.map((row) => row.id),
    ),
  );
  const of = (number: number): readonly unknown[] => [one.forest, guid(number)];
  const whose = 'identity_id = (SELECT id FROM identity WHERE source_forest = $1 AND source_guid = $2)';
  await one.database.query(`UPDATE deprovisioning SET stage = 'ended', outcome = 'kept' WHERE ${whose}`, of(3));
  await one.database.query(
    "INSERT INTO object_error (forest_id, guid, code, details, finder) VALUES ($1, $2, 'PE404', '', 'service')",
    of(4),
  );
  expect(await standing()).toEqual(['2 held', '4 blocked', '1 ending', '3 kept']);
  await one.database.query(
    'UPDATE identity SET managed_guid = NULL WHERE source_forest = $1 AND source_guid = $2',
    of(1),
  );
  const counts = { waiting: 0, open: 0, held: 1, refused: 0, ending: 0, blocked: 1, gone: 1, kept: 1 };
  expect(await offboardingCounts(one.database, one.customer)).toEqual(counts);
  // Whoever had left before any wave is waited for, too.
  const before = 'DELETE FROM offboarding_member WHERE forest_id = $1 AND guid = $2';
  await one.database.query(before, of(4));
  expect(await offboardingCounts(one.database, one.customer)).toEqual(counts);
  await one.database.transaction((transaction) => closeWaves(transaction, one.customer, id, 'stopped'));
  expect((await lastOffboarding(one.database, one.customer))?.result).toMatchObject({ counts, waves: 2 });
  // Newcomers come in again; who has left stays out until the customer is brought back.
  expect(await leaving(one)).toEqual([1, 2, 3]);
  expect((await applyAgain(one)).broughtBack).toBe(true);
  expect(await leaving(one)).toEqual([]);
});
