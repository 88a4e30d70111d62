import { confirmChanges, planSize, unwritten } from '../../store/plan.ts';
import { meanwhile, Planning } from '../support/planning.ts';
import {
  address,
  type CustomerStore,
  evaluated,
  guid,
  member,
  outOfScope,
  staged,
  useStore,
  wanting,
} from '../support/store.ts';

const store = useStore();
let one: CustomerStore;
let planning: Planning;

beforeEach(async () => {
  one = await store.customer();
  planning = new Planning(one);
});

describe('references', () => {
  // Shows: Objects / members out of scope are left out (postgresql)
  test('members that exist in the managed forest come, those that are out of scope are left out', async () => {
    await planning.synchronized({ number: 1 }, { number: 2 });
    await one.stage(await one.run(), staged(3), staged(9, 'group', {}, [1, 2, 3].map(member)));
    await one.evaluate(evaluated(9), outOfScope(3));
    await one.seeManaged({ number: 9, members: [] });
    expect(await planning.references(await one.run())).toEqual(['9 member +1 +2']);
  });

  // Shows: Objects / members come in when they enter scope (postgresql)
  test('a member that left the scope leaves the group after the grace time, and comes again with it', async () => {
    await planning.synchronized({ number: 1 }, { number: 2 }, { number: 9, members: [1, 2] });
    await planning.leave(2);
    expect(await planning.references(await one.run())).toEqual([]);
    await planning.undo(2, 'remove');
    expect(await planning.references(await one.run())).toEqual(['9 member -2']);
    await one.seeManaged({ number: 9, members: [1] });
    await one.evaluate(evaluated(2));
    expect(await planning.references(await one.run())).toEqual(['9 member +2']);
  });

  test('a member in error neither comes nor goes', async () => {
    await planning.synchronized({ number: 1 }, { number: 2 }, { number: 9, members: [1] });
    await planning.freeze(1);
    await planning.freeze(2);
    await one.stage(await one.run(), staged(9, 'group', {}, [member(2)]));
    await one.evaluate(evaluated(9));
    expect(await planning.references(await one.run())).toEqual([]);
  });

  // Shows: Validation / SE freezes membership too (postgresql)
  test('the members of a group in error do not change, and do when it is mended', async () => {
    await planning.synchronized({ number: 1 }, { number: 2 }, { number: 9, members: [1] });
    await one.stage(await one.run(), staged(9, 'group', {}, [1, 2].map(member)));
    const error = { code: 'SE401', attribute: 'displayName', details: 'is missing' } as const;
    await one.evaluate(evaluated(9, { errors: [error] }));
    expect(await planning.references(await one.run())).toEqual([]);
    await one.evaluate(evaluated(9));
    expect(await planning.references(await one.run())).toEqual(['9 member +2']);
  });

  test('a member whose conflict was left behind when it went out of scope leaves the group', async () => {
    await planning.synchronized({ number: 1 }, { number: 2 }, { number: 9, members: [2] });
    const taken = [address(`x@${one.customer}.example`)];
    await one.evaluate(evaluated(1, { claims: taken }));
    await one.evaluate(evaluated(2, { claims: taken }));
    await planning.leave(2);
    await planning.undo(2, 'mailDisable');
    expect(await planning.references(await one.run())).toEqual(['9 member -2']);
  });

  // Shows: Deprovisioning / whose mailbox is taken off stays a member of its groups (postgresql)
  test('a member that is a mail user afterwards stays in the group', async () => {
    await planning.synchronized({ number: 1 }, { number: 2 }, { number: 9, members: [1, 2] });
    await planning.leave(2);
    await planning.undo(2, 'mailUser');
    await one.evaluate(evaluated(9));
    expect(await planning.references(await one.run())).toEqual([]);
  });

  test('a manager that can not go keeps another one from coming: the attribute holds one value', async () => {
    const manager = (target: number): Parameters<typeof staged>[3] => [
      { attribute: 'manager', target: guid(target), targetDn: '' },
    ];
    await planning.synchronized({ number: 1 }, { number: 2 });
    await one.stage(await one.run(), staged(3, 'user', {}, manager(1)));
    await one.evaluate(evaluated(3));
    await one.seeManaged({ number: 3 });
    const run = await one.run();
    expect(await planning.references(run)).toEqual(['3 manager +1']);
    await store.database.query(
      "INSERT INTO managed_link (forest_id, holder, attribute, target) VALUES ($1, $2, 'manager', $3)",
      [one.managed, one.managedGuid(3), one.managedGuid(1)],
    );
    await planning.freeze(1);
    await one.stage(await one.run(), staged(3, 'user', {}, manager(2)));
    expect(await planning.references(await one.run())).toEqual([]);
  });

  // Shows: Objects / a large change of members is made in parts (postgresql)
  test('a large change is made in parts of 1,000 values, each value once', async () => {
    const size = 2_500;
    const numbers = Array.from({ length: size }, (_, index) => index + 1000);
    await planning.synchronized(...numbers.map((number) => ({ number })));
    await one.stage(await one.run(), staged(9, 'group', {}, numbers.map(member)));
    await one.evaluate(evaluated(9));
    await one.seeManaged({ number: 9, members: [] });
    const run = await one.run();
    await planning.references(run);
    const changes = await unwritten(store.database, run.id, 'references', 0);
    const parts = changes.map((change) => (change.operation === 'link' ? change.after : []));
    expect(parts.map((part) => part.length)).toEqual([1000, 1000, 500]);
    expect(new Set(parts.flat()).size).toBe(size);
    expect(await planSize(store.database, run.id, 'references')).toMatchObject({ changes: 3, links: size });
  });

  // Shows: Drift / a change of members by hand during planning is not forgotten (postgresql)
  test('a change by hand that another cycle reads while references are planned is not forgotten', async () => {
    await planning.synchronized({ number: 1 }, { number: 2 }, { number: 9, members: [1] });
    await one.stage(await one.run(), staged(9, 'group', {}, [1, 2].map(member)));
    const run = await one.run();
    await meanwhile(
      store.database,
      () => planning.references(run),
      () => one.seeManaged({ number: 9, members: [] }),
    );
    await planning.write(run, 'references');
    expect(await planning.references(await one.run())).toEqual(['9 member +1 +2']);
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
    expect(await planning.objects(run)).toBe(2);
    await planning.write(run);
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
    await planning.synchronized({ number: 1 }, { number: 2 }, { number: 9, members: [1] });
    await one.stage(await one.run(), staged(9, 'group', {}, [member(2)]));
    await one.evaluate(evaluated(9));
    const run = await one.run();
    expect(await planning.references(run)).toEqual(['9 member -1 +2']);
    await planning.write(run, 'references');
    const confirm = (): Promise<unknown> =>
      store.database.transaction((transaction) => confirmChanges(transaction, run.id));
    await one.seeManaged({ number: 9, members: [1, 2] });
    expect(await confirm()).toEqual({ confirmed: 0, unconfirmed: 1 });
    await one.seeManaged({ number: 9, members: [2] });
    expect(await confirm()).toEqual({ confirmed: 1, unconfirmed: 0 });
  });
});
