import { pageCounts, recordResults, unwritten } from '../../store/plan.ts';
import { meanwhile, Planning } from '../support/planning.ts';
import { image } from '../support/source-object.ts';
import { address, type CustomerStore, evaluated, outOfScope, staged, useStore, wanting } from '../support/store.ts';

const store = useStore();
let one: CustomerStore;
let planning: Planning;

beforeEach(async () => {
  one = await store.customer();
  planning = new Planning(one);
});

describe('objects', () => {
  test('an object in scope is added with its anchor; once it is seen in the managed forest nothing is left to do', async () => {
    await one.stage(await one.run(), staged(1));
    await one.evaluate(evaluated(1));
    const run = await one.run();
    expect(await planning.objects(run)).toBe(1);
    const [change] = await unwritten(store.database, run.id, 'objects', 0);
    expect(change).toMatchObject({ operation: 'add', after: { msExchImmutableId: [one.anchor(1)] } });
    await planning.write(run);
    await one.seeManaged({ number: 1, attributes: { displayName: 'Object 1' } });
    expect(await planning.objects(await one.run())).toBe(0);
  });

  // Shows: Mistakes / a run that died: what it planned is planned again (postgresql)
  test('planned changes of a run that died are dropped and planned again by the next', async () => {
    await one.stage(await one.run(), staged(1));
    await one.evaluate(evaluated(1));
    const dead = await one.run();
    expect(await planning.objects(dead)).toBe(1);
    const next = await one.run();
    expect(await planning.objects(next)).toBe(1);
    expect(await unwritten(store.database, dead.id, 'objects', 0)).toEqual([]);
  });

  test('a step that is tried again plans nothing twice', async () => {
    await one.stage(await one.run(), staged(1), staged(2));
    await one.evaluate(evaluated(1), evaluated(2));
    const run = await one.run();
    expect(await planning.objects(run)).toBe(2);
    expect(await planning.objects(run)).toBe(2);
  });

  test('a change that the managed forest refused is planned again by the next cycle', async () => {
    await one.stage(await one.run(), staged(1));
    await one.evaluate(evaluated(1));
    const run = await one.run();
    await planning.objects(run);
    const [change] = await unwritten(store.database, run.id, 'objects', 0);
    await store.database.transaction((transaction) =>
      recordResults(transaction, [{ id: change?.id ?? '', ok: false, answer: '19' }]),
    );
    expect(await planning.objects(await one.run())).toBe(1);
  });

  test('a page counts what became of it by all attempts', async () => {
    await one.stage(await one.run(), staged(1), staged(2), staged(3));
    await one.evaluate(evaluated(1), evaluated(2), evaluated(3));
    const run = await one.run();
    await planning.objects(run);
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
    await planning.synchronized({ number: 1 }, { number: 2 });
    await planning.freeze(1);
    await one.evaluate(
      evaluated(1, { wanted: image({ displayName: 'New' }), errors: [{ code: 'SE201', attribute: '', details: '' }] }),
      outOfScope(2),
    );
    expect(await planning.objects(await one.run())).toBe(0);
  });

  test('an object that left and came back keeps its identity and its managed object', async () => {
    await planning.synchronized({ number: 1 });
    const identity = async (): Promise<unknown> =>
      store.database.query('SELECT id, managed_guid, state FROM identity WHERE source_forest = $1', [one.forest]);
    const before = await identity();
    await planning.leave(1);
    expect(await identity()).not.toEqual(before);
    await one.evaluate(wanting(1, { displayName: 'Back' }));
    expect(await identity()).toEqual(before);
    expect(await planning.objects(await one.run())).toBe(1);
  });

  // Shows: Drift / a change by hand during planning is not forgotten (postgresql)
  test('a change by hand that another cycle reads while objects are planned is not forgotten', async () => {
    await planning.synchronized({ number: 1 });
    await one.evaluate(wanting(1, { displayName: 'New' }));
    const run = await one.run();
    await meanwhile(
      store.database,
      () => planning.objects(run),
      () => one.seeManaged({ number: 1, attributes: { title: 'By hand' } }),
    );
    await planning.write(run);
    expect(await planning.objects(await one.run())).toBe(1);
  });
});

describe('addresses that are owned by value', () => {
  const mine = (name: string): string => address(`${name}@${one.customer}.example`).value;
  /** One cycle in which the source wants these addresses, and the managed object then holds what was planned. */
  async function cycle(...wanted: readonly string[]): Promise<readonly string[] | null> {
    await one.evaluate(wanting(1, { proxyAddresses: wanted.map(mine) }));
    const run = await one.run();
    await planning.objects(run);
    const [change] = await unwritten(store.database, run.id, 'objects', 0);
    const after =
      change?.operation === 'add' || change?.operation === 'modify' ? (change.after['proxyAddresses'] ?? null) : null;
    await planning.write(run);
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
    await planning.objects(await one.run());
    await one.seeManaged({ number: 1, attributes: { proxyAddresses: ['a', 'b'].map(mine) } });
    expect(await cycle('a')).toEqual([mine('a')]);
  });
});
