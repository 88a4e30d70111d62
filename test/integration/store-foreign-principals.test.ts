import { planForestReferences } from '../../activities/plan.ts';
import { settleStates } from '../../store/connections.ts';
import { unwritten } from '../../store/plan.ts';
import type { StagedSource } from '../../store/source-space.ts';
import { Planning } from '../support/planning.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';
import { CustomerStore, evaluated, guid, member, useStore, outOfScope, staged } from '../support/store.ts';

const store = useStore();
/** Two forests of one customer; groups are in the first, who is in them in the second. */
let corp: CustomerStore;
let emea: CustomerStore;

beforeEach(async () => {
  corp = await store.customer();
  emea = await CustomerStore.open(store.database, corp.customer, 'emea');
});

function sid(number: number): string {
  return `S-1-5-21-1-2-${corp.customer.slice(1)}-${String(number)}`;
}

/** A member that is the foreignSecurityPrincipal, with an objectGUID of its own, of another forest's object. */
function foreign(number: number): ReturnType<typeof member> & { foreignSid: string } {
  return { ...member(500 + number), foreignSid: sid(number) };
}

function person(number: number, more: Parameters<typeof staged>[2] = { objectSid: sid(number) }): StagedSource {
  return staged(number, 'user', more);
}

/** Stages, evaluates and sees in the managed forest. */
async function synchronize(one: CustomerStore, ...objects: readonly StagedSource[]): Promise<void> {
  await one.stage(await one.run(), ...objects);
  const numbers = objects.map((object) => Number(object.guid.slice(-6)));
  await one.evaluate(...numbers.map((number) => evaluated(number)));
  await one.seeManaged(...numbers.map((number) => ({ number, ...(number === 9 ? { members: [] } : {}) })));
}

/** What is planned for the references of the first forest: numbers of source objects that come and go. */
async function references(): Promise<{ come: number[]; go: number[] }> {
  const run = await corp.run();
  await planForestReferences(store.database, run, { ...sampleConfiguration(), customer: corp.customer });
  const changes = await unwritten(store.database, run.id, 'references', 0);
  const numbers = (which: 'before' | 'after'): number[] =>
    changes.flatMap((change) =>
      change.operation === 'link' ? change[which].map((target) => Number(target.slice(-6))) : [],
    );
  return { come: numbers('after').sort(), go: numbers('before').sort() };
}

const group = (...members: readonly ReturnType<typeof member>[]): StagedSource => staged(9, 'group', {}, members);

// Shows: Objects / members from other forests of the customer, whichever forest is read first (postgresql)
test('a member from another forest of the customer is found by its SID, whichever forest is read first', async () => {
  await synchronize(emea, person(1));
  await synchronize(corp, group(foreign(1), foreign(2), foreign(3)), person(4, {}));
  expect(await references()).toEqual({ come: [1], go: [] });
  await synchronize(emea, person(2));
  expect(await references()).toEqual({ come: [1, 2], go: [] });
});

// Shows: Objects / a read that concerns no foreign member looks at no group again (postgresql)
test('objects of the other forest that are in no group of this one have none looked at again', async () => {
  await synchronize(corp, group(foreign(1)));
  await references();
  await synchronize(emea, person(7));
  const rows = await store.database.query('SELECT 1 FROM identity WHERE source_forest = $1 AND links_dirty', [
    corp.forest,
  ]);
  expect(rows).toEqual([]);
});

// Shows: Objects / foreignSecurityPrincipals by a former SID (postgresql)
test('one that was migrated is found by the SID that it had, unless somebody has that SID now', async () => {
  await synchronize(emea, person(1, { objectSid: sid(101), sIDHistory: [sid(1)] }));
  await synchronize(corp, group(foreign(1)));
  expect(await references()).toEqual({ come: [1], go: [] });
  await synchronize(emea, person(2, { objectSid: sid(1) }));
  expect(await references()).toEqual({ come: [2], go: [] });
});

// Shows: Objects / foreignSecurityPrincipals that are not unambiguous are left out (postgresql)
test('of two that had the SID before none is meant', async () => {
  await synchronize(corp, group(foreign(1)));
  await synchronize(
    emea,
    person(1, { objectSid: sid(101), sIDHistory: [sid(1)] }),
    person(2, { objectSid: sid(102), sIDHistory: [sid(1)] }),
  );
  expect(await references()).toEqual({ come: [], go: [] });
});

// Shows: Objects / foreignSecurityPrincipals of other customers are left out (postgresql)
test("an object of another customer's forest is never meant", async () => {
  const other = await store.customer();
  await synchronize(other, person(1));
  await synchronize(corp, group(foreign(1)));
  expect(await references()).toEqual({ come: [], go: [] });
});

// Shows: Objects / members of other forests that leave scope are left out and come back (postgresql)
test('who leaves scope in the other forest leaves the group, and comes back with it', async () => {
  await synchronize(emea, person(1));
  await synchronize(corp, group(foreign(1)));
  await references();
  await corp.database.query('INSERT INTO managed_link (forest_id, holder, attribute, target) VALUES ($1, $2, $3, $4)', [
    corp.managed,
    corp.managedGuid(9),
    'member',
    emea.managedGuid(1),
  ]);
  await emea.evaluate(outOfScope(1));
  const [{ id } = { id: '' }] = await store.database.query<{ id: string }>(
    `INSERT INTO planned_change (run_id, configuration, identity_id, stage, page, operation, managed_guid, before, after, rule)
     SELECT $1, 1, id, 'objects', 0, 'disconnect', managed_guid, '{"state":["connected"]}', '{"state":["disconnected"]}', 'test'
     FROM identity WHERE source_forest = $2 AND source_guid = $3 RETURNING id`,
    [(await emea.run()).id, emea.forest, guid(1)],
  );
  await store.database.transaction((transaction) => settleStates(transaction, [id]));
  expect(await references()).toEqual({ come: [], go: [] });
  await new Planning(emea).undo(1, 'remove');
  expect(await references()).toEqual({ come: [], go: [1] });
  await emea.evaluate(evaluated(1));
  expect(await references()).toEqual({ come: [], go: [] });
});

// Shows: Mistakes / a lost database: members of a forest that is not read yet stay in their groups (postgresql)
test('a managed member of a forest that has not been read since the database was made stays where it is', async () => {
  await synchronize(corp, group(foreign(1)), person(4, {}));
  await corp.seeManaged({ number: 9, members: [4] });
  await emea.seeManaged({ number: 1 });
  await corp.database.query('INSERT INTO managed_link (forest_id, holder, attribute, target) VALUES ($1, $2, $3, $4)', [
    corp.managed,
    corp.managedGuid(9),
    'member',
    emea.managedGuid(1),
  ]);
  expect(await references()).toEqual({ come: [], go: [4] });
  // The other forest's first cycle has come to its end, and there is nobody of that name.
  await corp.database.query(
    "INSERT INTO source_domain (forest_id, naming_context, read_at) VALUES ($1, 'dc=emea', now())",
    [emea.forest],
  );
  await corp.database.query("UPDATE run SET outcome = 'completed' WHERE id = $1", [(await emea.run()).id]);
  await corp.seeManaged({ number: 9 });
  expect(await references()).toEqual({ come: [], go: [1, 4] });
});
