import { setTimeout as sleep } from 'node:timers/promises';
import { planForest, planForestReferences } from '../../activities/plan.ts';
import type { Configuration } from '../../rules/configuration.ts';
import { replaceErrors } from '../../store/errors.ts';
import { confirmChanges, pageCounts, recordResults, unwritten, planSize, type PlanStage } from '../../store/plan.ts';
import type { Run } from '../../store/runs.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';
import { image } from '../support/source-object.ts';
import { address, CustomerStore, evaluated, guid, member, openStore, outOfScope, staged } from '../support/store.ts';

let store: Awaited<ReturnType<typeof openStore>>;
let customers = 0;
let one: CustomerStore;
let configuration: Configuration;

beforeAll(async () => {
  store = await openStore();
});

afterAll(() => store.dispose());

beforeEach(async () => {
  customers += 1;
  one = await CustomerStore.open(store.database, `c${String(customers)}`);
  configuration = { ...sampleConfiguration(), customer: one.customer };
});

const never = new AbortController().signal;

async function plan(run: Run): Promise<number> {
  return (await planForest(store.database, run, configuration, 'corp', never)).changes;
}

/** Plans the references and answers them as `attribute -from +to`, in numbers of source objects. */
async function references(run: Run): Promise<string[]> {
  await planForestReferences(store.database, run, configuration);
  const changes = await unwritten(store.database, run.id, 'references', 0);
  const number = (managed: string): number => Number(managed.slice(-6));
  return changes.flatMap((change) =>
    change.operation === 'link'
      ? [
          `${String(number(change.managedGuid))} ${change.attribute}${change.before.map((item) => ` -${String(number(item))}`).join('')}${change.after.map((item) => ` +${String(number(item))}`).join('')}`,
        ]
      : [],
  );
}

/** Says that every change of page 0 was written. */
async function write(run: Run, stage: PlanStage = 'objects'): Promise<void> {
  const changes = await unwritten(store.database, run.id, stage, 0);
  await store.database.transaction((transaction) =>
    recordResults(
      transaction,
      changes.map(({ id }) => ({ id, ok: true })),
    ),
  );
}

/**
 * Lets another cycle work while a step of planning is between reading and committing: the step waits at its first planned
 * change. What is done meanwhile ends before the step or, where the step has locked its rows, after it.
 */
async function meanwhile(step: () => Promise<unknown>, other: () => Promise<void>): Promise<void> {
  await store.database.query(
    `CREATE OR REPLACE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN PERFORM pg_advisory_xact_lock(hashtextextended(current_schema() || ' planning waits', 0)); RETURN NEW; END $$`,
  );
  await store.database.query(
    'CREATE TRIGGER wait_for_test BEFORE INSERT ON planned_change FOR EACH ROW EXECUTE FUNCTION wait_for_test()',
  );
  let both: Promise<unknown> = Promise.resolve();
  await store.database.exclusively('planning waits', async () => {
    const stepping = step();
    both = stepping;
    for (;;) {
      const waiting = await store.database.query(
        `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
           AND (classid::bigint << 32 | objid::bigint) = hashtextextended(current_schema() || ' planning waits', 0)`,
      );
      if (waiting.length > 0) break;
      await sleep(20);
    }
    const others = other();
    both = Promise.all([stepping, others]);
    await Promise.race([others, sleep(500)]);
  });
  await both;
  await store.database.query('DROP TRIGGER wait_for_test ON planned_change');
}

const wanting = (number: number, attributes: Parameters<typeof image>[0]): ReturnType<typeof evaluated> =>
  evaluated(number, { wanted: image(attributes) });

/** The object leaves the scope, and its identity is disconnected. */
async function leave(number: number): Promise<void> {
  await one.evaluate(outOfScope(number));
  const run = await one.run();
  await plan(run);
  await write(run);
}

/** Objects that are in the managed forest as wanted, and whose cycle has ended. */
async function synchronized(
  ...objects: readonly { readonly number: number; readonly members?: readonly number[] }[]
): Promise<void> {
  await one.stage(
    await one.run(),
    ...objects.map(({ number, members }) =>
      staged(number, members === undefined ? 'user' : 'group', {}, (members ?? []).map(member)),
    ),
  );
  await one.evaluate(...objects.map(({ number }) => evaluated(number)));
  const run = await one.run();
  await plan(run);
  await write(run);
  await one.seeManaged(
    ...objects.map((object) => ({ ...object, attributes: { displayName: `Object ${String(object.number)}` } })),
  );
  await references(run);
  await write(run, 'references');
}

async function freeze(number: number): Promise<void> {
  const error = { guid: guid(number), code: 'SE201', attribute: 'mailNickname', details: 'is missing' } as const;
  await store.database.transaction((transaction) =>
    replaceErrors(transaction, one.forest, 'rule', [guid(number)], [error]),
  );
}

describe('objects', () => {
  test('an object in scope is added with its anchor; once it is seen in the managed forest nothing is left to do', async () => {
    await one.stage(await one.run(), staged(1));
    await one.evaluate(evaluated(1));
    const run = await one.run();
    expect(await plan(run)).toBe(1);
    const [change] = await unwritten(store.database, run.id, 'objects', 0);
    expect(change).toMatchObject({ operation: 'add', after: { msExchImmutableId: [one.anchor(1)] } });
    await write(run);
    await one.seeManaged({ number: 1, attributes: { displayName: 'Object 1' } });
    expect(await plan(await one.run())).toBe(0);
  });

  // Shows: Mistakes / a run that died: what it planned is planned again (postgresql)
  test('planned changes of a run that died are dropped and planned again by the next', async () => {
    await one.stage(await one.run(), staged(1));
    await one.evaluate(evaluated(1));
    const dead = await one.run();
    expect(await plan(dead)).toBe(1);
    const next = await one.run();
    expect(await plan(next)).toBe(1);
    expect(await unwritten(store.database, dead.id, 'objects', 0)).toEqual([]);
  });

  test('a step that is tried again plans nothing twice', async () => {
    await one.stage(await one.run(), staged(1), staged(2));
    await one.evaluate(evaluated(1), evaluated(2));
    const run = await one.run();
    expect(await plan(run)).toBe(2);
    expect(await plan(run)).toBe(2);
  });

  test('a change that the managed forest refused is planned again by the next cycle', async () => {
    await one.stage(await one.run(), staged(1));
    await one.evaluate(evaluated(1));
    const run = await one.run();
    await plan(run);
    const [change] = await unwritten(store.database, run.id, 'objects', 0);
    await store.database.transaction((transaction) =>
      recordResults(transaction, [{ id: change?.id ?? '', ok: false, answer: '19' }]),
    );
    expect(await plan(await one.run())).toBe(1);
  });

  test('a page counts what became of it by all attempts', async () => {
    await one.stage(await one.run(), staged(1), staged(2), staged(3));
    await one.evaluate(evaluated(1), evaluated(2), evaluated(3));
    const run = await one.run();
    await plan(run);
    const [first, second, third] = await unwritten(store.database, run.id, 'objects', 0);
    const record = (...results: Parameters<typeof recordResults>[1]): Promise<void> =>
      store.database.transaction((transaction) => recordResults(transaction, results));
    await record({ id: first?.id ?? '', ok: true }, { id: second?.id ?? '', ok: false, answer: '19' });
    expect(await pageCounts(store.database, run.id, 'objects', 0)).toEqual({ written: 1, failed: 1 });
    await record({ id: third?.id ?? '', ok: true });
    expect(await pageCounts(store.database, run.id, 'objects', 0)).toEqual({ written: 2, failed: 1 });
    expect(await pageCounts(store.database, run.id, 'objects', 1)).toEqual({ written: 0, failed: 0 });
  });

  // Shows: Validation / SE freezes all flow of the object (postgresql)
  test('nothing flows to an object in error, to one that left, or to one whose source object is gone', async () => {
    await synchronized({ number: 1 }, { number: 2 });
    await freeze(1);
    await one.evaluate(
      evaluated(1, { wanted: image({ displayName: 'New' }), errors: [{ code: 'SE201', attribute: '', details: '' }] }),
      outOfScope(2),
    );
    expect(await plan(await one.run())).toBe(0);
  });

  test('an object that left and came back keeps its identity and its managed object', async () => {
    await synchronized({ number: 1 });
    const identity = async (): Promise<unknown> =>
      store.database.query('SELECT id, managed_guid, state FROM identity WHERE source_forest = $1', [one.forest]);
    const before = await identity();
    await leave(1);
    expect(await identity()).not.toEqual(before);
    await one.evaluate(wanting(1, { displayName: 'Back' }));
    expect(await identity()).toEqual(before);
    expect(await plan(await one.run())).toBe(1);
  });

  // Shows: Drift / a change by hand during planning is not forgotten (postgresql)
  test('a change by hand that another cycle reads while objects are planned is not forgotten', async () => {
    await synchronized({ number: 1 });
    await one.evaluate(wanting(1, { displayName: 'New' }));
    const run = await one.run();
    await meanwhile(
      () => plan(run),
      () => one.seeManaged({ number: 1, attributes: { title: 'By hand' } }),
    );
    await write(run);
    expect(await plan(await one.run())).toBe(1);
  });
});

describe('addresses that are owned by value', () => {
  const mine = (name: string): string => address(`${name}@${one.customer}.example`).value;
  /** One cycle in which the source wants these addresses, and the managed object then holds what was planned. */
  async function cycle(...wanted: readonly string[]): Promise<readonly string[] | null> {
    await one.evaluate(wanting(1, { proxyAddresses: wanted.map(mine) }));
    const run = await one.run();
    await plan(run);
    const [change] = await unwritten(store.database, run.id, 'objects', 0);
    const after =
      change?.operation === 'add' || change?.operation === 'modify' ? (change.after['proxyAddresses'] ?? null) : null;
    await write(run);
    if (after !== null) await one.seeManaged({ number: 1, attributes: { proxyAddresses: after } });
    return after;
  }

  beforeEach(async () => {
    await one.stage(await one.run(), staged(1));
  });

  // Shows: Flow / one owner per value: an address that the source gave up goes (postgresql)
  test('an address that the source gave up is taken off', async () => {
    await cycle('a', 'b');
    expect(await cycle('a')).toEqual([mine('a')]);
  });

  // Shows: Flow / one owner per value: an address that none of us wrote stays (postgresql)
  test('an address that none of us wrote stays, however often ours change', async () => {
    await cycle('a');
    await one.seeManaged({ number: 1, attributes: { proxyAddresses: [mine('a'), 'eum:4711'] } });
    expect(await cycle('a', 'b')).toEqual(['eum:4711', mine('a'), mine('b')]);
    expect(await cycle('a')).toEqual(['eum:4711', mine('a')]);
  });

  test('an address of an object that was joined by its anchor is taken off when the source gives it up', async () => {
    await one.seeManaged({ number: 1, attributes: { proxyAddresses: [mine('a'), mine('b')] } });
    await cycle('a', 'b');
    expect(await cycle('a')).toEqual([mine('a')]);
  });

  test('an address that a run wrote and died before it could record it is taken off when the source gives it up', async () => {
    await cycle('a');
    await one.evaluate(wanting(1, { proxyAddresses: ['a', 'b'].map(mine) }));
    await plan(await one.run());
    await one.seeManaged({ number: 1, attributes: { proxyAddresses: ['a', 'b'].map(mine) } });
    expect(await cycle('a')).toEqual([mine('a')]);
  });
});

describe('references', () => {
  // Shows: Objects / members out of scope are left out (postgresql)
  test('members that exist in the managed forest come, those that are out of scope are left out', async () => {
    await synchronized({ number: 1 }, { number: 2 });
    await one.stage(await one.run(), staged(3), staged(9, 'group', {}, [1, 2, 3].map(member)));
    await one.evaluate(evaluated(9), outOfScope(3));
    await one.seeManaged({ number: 9, members: [] });
    expect(await references(await one.run())).toEqual(['9 member +1 +2']);
  });

  // Shows: Objects / members come in when they enter scope (postgresql)
  test('a member that left the scope leaves the group, and comes again with it', async () => {
    await synchronized({ number: 1 }, { number: 2 }, { number: 9, members: [1, 2] });
    await leave(2);
    expect(await references(await one.run())).toEqual(['9 member -2']);
    await one.seeManaged({ number: 9, members: [1] });
    await one.evaluate(evaluated(2));
    expect(await references(await one.run())).toEqual(['9 member +2']);
  });

  test('a member in error neither comes nor goes', async () => {
    await synchronized({ number: 1 }, { number: 2 }, { number: 9, members: [1] });
    await freeze(1);
    await freeze(2);
    await one.stage(await one.run(), staged(9, 'group', {}, [member(2)]));
    await one.evaluate(evaluated(9));
    expect(await references(await one.run())).toEqual([]);
  });

  // Shows: Validation / SE freezes membership too (postgresql)
  test('the members of a group in error do not change, and do when it is mended', async () => {
    await synchronized({ number: 1 }, { number: 2 }, { number: 9, members: [1] });
    await one.stage(await one.run(), staged(9, 'group', {}, [1, 2].map(member)));
    const error = { code: 'SE401', attribute: 'displayName', details: 'is missing' } as const;
    await one.evaluate(evaluated(9, { errors: [error] }));
    expect(await references(await one.run())).toEqual([]);
    await one.evaluate(evaluated(9));
    expect(await references(await one.run())).toEqual(['9 member +2']);
  });

  test('a member whose conflict was left behind when it went out of scope leaves the group', async () => {
    await synchronized({ number: 1 }, { number: 2 }, { number: 9, members: [2] });
    const taken = [address(`x@${one.customer}.example`)];
    await one.evaluate(evaluated(1, { claims: taken }));
    await one.evaluate(evaluated(2, { claims: taken }));
    await leave(2);
    expect(await references(await one.run())).toEqual(['9 member -2']);
  });

  test('a manager that can not go keeps another one from coming: the attribute holds one value', async () => {
    const manager = (target: number): Parameters<typeof staged>[3] => [
      { attribute: 'manager', target: guid(target), targetDn: '' },
    ];
    await synchronized({ number: 1 }, { number: 2 });
    await one.stage(await one.run(), staged(3, 'user', {}, manager(1)));
    await one.evaluate(evaluated(3));
    await one.seeManaged({ number: 3 });
    const run = await one.run();
    expect(await references(run)).toEqual(['3 manager +1']);
    await store.database.query(
      "INSERT INTO managed_link (forest_id, holder, attribute, target) VALUES ($1, $2, 'manager', $3)",
      [one.managed, one.managedGuid(3), one.managedGuid(1)],
    );
    await freeze(1);
    await one.stage(await one.run(), staged(3, 'user', {}, manager(2)));
    expect(await references(await one.run())).toEqual([]);
  });

  // Shows: Objects / a large change of members is made in parts (postgresql)
  test('a large change is made in parts of 1,000 values, each value once', async () => {
    const size = 2_500;
    const numbers = Array.from({ length: size }, (_, index) => index + 1000);
    await synchronized(...numbers.map((number) => ({ number })));
    await one.stage(await one.run(), staged(9, 'group', {}, numbers.map(member)));
    await one.evaluate(evaluated(9));
    await one.seeManaged({ number: 9, members: [] });
    const run = await one.run();
    await planForestReferences(store.database, run, configuration);
    const changes = await unwritten(store.database, run.id, 'references', 0);
    const parts = changes.map((change) => (change.operation === 'link' ? change.after : []));
    expect(parts.map((part) => part.length)).toEqual([1000, 1000, 500]);
    expect(new Set(parts.flat()).size).toBe(size);
    expect(await planSize(store.database, run.id, 'references')).toMatchObject({ changes: 3, links: size });
  });

  // Shows: Drift / a change of members by hand during planning is not forgotten (postgresql)
  test('a change by hand that another cycle reads while references are planned is not forgotten', async () => {
    await synchronized({ number: 1 }, { number: 2 }, { number: 9, members: [1] });
    await one.stage(await one.run(), staged(9, 'group', {}, [1, 2].map(member)));
    const run = await one.run();
    await meanwhile(
      () => references(run),
      () => one.seeManaged({ number: 9, members: [] }),
    );
    await write(run, 'references');
    expect(await references(await one.run())).toEqual(['9 member +1 +2']);
  });
});

describe('confirmation', () => {
  // Shows: Confirmation / what was written is confirmed when it is shown, a cleared attribute included (postgresql)
  test('a change is confirmed when the managed object shows it, a cleared attribute included', async () => {
    await one.stage(await one.run(), staged(1), staged(2));
    await one.seeManaged(
      { number: 1, attributes: { displayName: 'Old', title: 'Chief' } },
      { number: 2, attributes: { displayName: 'Old', title: 'Chief' } },
    );
    await one.evaluate(wanting(1, { displayName: 'New' }), wanting(2, { displayName: 'New' }));
    const run = await one.run();
    expect(await plan(run)).toBe(2);
    await write(run);
    const confirm = (): Promise<unknown> =>
      store.database.transaction((transaction) => confirmChanges(transaction, run.id));
    expect(await confirm()).toEqual({ confirmed: 0, unconfirmed: 2 });
    await one.seeManaged(
      { number: 1, attributes: { displayName: 'New', title: [] } },
      { number: 2, attributes: { displayName: 'New' } },
    );
    expect(await confirm()).toEqual({ confirmed: 1, unconfirmed: 1 });
  });

  // Shows: Confirmation / members that came and left are confirmed (postgresql)
  test('a change of members is confirmed when those that came are there and those that left are not', async () => {
    await synchronized({ number: 1 }, { number: 2 }, { number: 9, members: [1] });
    await one.stage(await one.run(), staged(9, 'group', {}, [member(2)]));
    await one.evaluate(evaluated(9));
    const run = await one.run();
    expect(await references(run)).toEqual(['9 member -1 +2']);
    await write(run, 'references');
    const confirm = (): Promise<unknown> =>
      store.database.transaction((transaction) => confirmChanges(transaction, run.id));
    await one.seeManaged({ number: 9, members: [1, 2] });
    expect(await confirm()).toEqual({ confirmed: 0, unconfirmed: 1 });
    await one.seeManaged({ number: 9, members: [2] });
    expect(await confirm()).toEqual({ confirmed: 1, unconfirmed: 0 });
  });
});
