import { CLOCK_STOPPED_BY } from '../../rules/offboarding.ts';
import { applyConfiguration, currentConfiguration } from '../../store/configurations.ts';
import { settleDisconnected } from '../../store/deprovisioning.ts';
import { delayEnd } from '../../store/deprovisioning-clock.ts';
import { forestStandings } from '../../store/forest-standing.ts';
import {
  closeOffboarding,
  lastOffboarding,
  openOffboarding,
  stopClocks,
  whyNoCycle,
  type OffboardingWay,
} from '../../store/offboarding.ts';
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
