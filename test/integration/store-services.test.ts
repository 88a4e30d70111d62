import { openServices, serviceProgress, unstartedServices } from '../../store/services.ts';
import {
  mailboxesByDatabase,
  keepFacts,
  requireService,
  ServiceTaken,
  settleService,
  takeMailbox,
  type MailboxWork,
} from '../../store/service-work.ts';
import { type CustomerStore, evaluated, guid, useStore, outOfScope, staged } from '../support/store.ts';

const MANAGED = 'DC=mgd,DC=fabrikam,DC=test';

const store = useStore();
let one: CustomerStore;

const wish = {
  recipient: 'linked',
  quotaBytes: null,
  region: 'EU',
  sourceSid: 'S-1-5-21-1-2-3-4',
  hidden: false,
} as const;
const asks = (number: number, more: Partial<typeof wish> = {}): ReturnType<typeof evaluated> =>
  evaluated(number, { service: { mail: { ...wish, ...more } } });

beforeEach(async () => {
  one = await store.customer();
  await one.stage(await one.run(), staged(1), staged(2));
});

async function states(): Promise<string[]> {
  const rows = await store.database.query<{ state: string }>(
    'SELECT s.state FROM service s JOIN identity i ON i.id = s.identity_id WHERE i.source_forest = $1 ORDER BY i.source_guid',
    [one.forest],
  );
  return rows.map((row) => row.state);
}

async function open(limit = 10): Promise<number[]> {
  const run = await one.run();
  return (await openServices(store.database, one.forest, run.id, limit)).map((row) => Number(row.sourceGuid.slice(-6)));
}

let clock = 1_700_000_000_000;

/** Takes the mailbox for an attempt that was scheduled in the order of the calls, or when told. */
async function tryTake(run: string, scheduledAt = (clock += 1), number = 1): Promise<MailboxWork | null> {
  const [identity] = await store.database.query<{ id: string }>(
    'SELECT id FROM identity WHERE source_forest = $1 AND source_guid = $2',
    [one.forest, guid(number)],
  );
  return takeMailbox(
    store.database,
    identity?.id ?? '',
    { workflowId: 'provision/1', workflowRun: run, scheduledAt },
    MANAGED,
  );
}

async function take(run: string, number = 1): Promise<MailboxWork> {
  const work = await tryTake(run, undefined, number);
  if (work === null) throw new Error('nothing to take');
  return work;
}

test('a service is taken up when its managed object is confirmed, and by each run once', async () => {
  await one.evaluate(asks(1), asks(2));
  expect(await open()).toEqual([]);
  await one.seeManaged({ number: 1 });
  const run = await one.run();
  expect(await openServices(store.database, one.forest, run.id, 10)).toMatchObject([{ sourceGuid: guid(1) }]);
  expect(await openServices(store.database, one.forest, run.id, 10)).toEqual([]);
  // The step died before it started the workflow: what it marked is still known.
  expect(await unstartedServices(store.database, run.id)).toMatchObject([{ sourceGuid: guid(1) }]);
  // The whole run died: the next one takes it up again.
  expect(await open()).toEqual([1]);
});

test('a service of an object that left the scope is not taken up', async () => {
  await one.evaluate(asks(1));
  await one.seeManaged({ number: 1 });
  await one.evaluate(outOfScope(1));
  expect(await open()).toEqual([]);
});

test('only the workflow that took a service last may write', async () => {
  await one.evaluate(asks(1));
  await one.seeManaged({ number: 1 });
  const first = await take('first');
  const second = await take('second');
  await expect(requireService(store.database, first)).rejects.toThrow(ServiceTaken);
  const facts = { mailboxGuid: guid(1), database: 'CN=DB1', legacyExchangeDn: '/o=x/cn=1', createdAt: '' };
  await expect(keepFacts(store.database, first, facts)).rejects.toThrow(ServiceTaken);
  await expect(settleService(store.database, first, 'provisioned', [])).rejects.toThrow(ServiceTaken);
  expect(await states()).toEqual(['provisioning']);
  await requireService(store.database, second);
  await settleService(store.database, second, 'provisioned', []);
  expect(await states()).toEqual(['provisioned']);
});

// Shows: Mistakes / an attempt to provision a mailbox that was given up for dead and wakes up again changes nothing (postgresql)
test('of the attempts of one workflow only the latest may write, and an earlier one that comes late takes nothing', async () => {
  await one.evaluate(asks(1));
  await one.seeManaged({ number: 1 });
  const early = (clock += 1);
  const stalled = await take('first');
  const retry = await take('first');
  await expect(requireService(store.database, stalled)).rejects.toThrow(ServiceTaken);
  await expect(settleService(store.database, stalled, 'blocked', [])).rejects.toThrow(ServiceTaken);
  expect(await tryTake('first', early)).toBeNull();
  await requireService(store.database, retry);
  await settleService(store.database, retry, 'provisioned', []);
  expect(await states()).toEqual(['provisioned']);
});

test('what was decided for life is decided once', async () => {
  await one.evaluate(asks(1));
  await one.seeManaged({ number: 1 });
  const work = await take('first');
  const facts = { mailboxGuid: guid(1), database: 'CN=DB1', legacyExchangeDn: '/o=x/cn=1', createdAt: '' };
  expect(await keepFacts(store.database, work, facts)).toEqual(facts);
  expect(await keepFacts(store.database, work, { ...facts, mailboxGuid: guid(2) })).toEqual(facts);
  expect(await mailboxesByDatabase(store.database, ['CN=DB1'])).toEqual(new Map([['CN=DB1', 1]]));
});

test('the mailboxes of a database are counted as they come, move and go', async () => {
  await one.evaluate(asks(1), asks(2));
  await one.seeManaged({ number: 1 }, { number: 2 });
  const count = async (...names: readonly string[]): Promise<(number | undefined)[]> => {
    const counts = await mailboxesByDatabase(store.database, names);
    return names.map((name) => counts.get(name));
  };
  const facts = { legacyExchangeDn: '/o=x/cn=1', createdAt: '', database: 'CN=DB7' };
  for (const number of [1, 2])
    await keepFacts(store.database, await take(`run ${String(number)}`, number), {
      ...facts,
      mailboxGuid: guid(number),
    });
  expect(await count('CN=DB7', 'CN=DB8')).toEqual([2, undefined]);
  await store.database.query(
    `UPDATE service SET facts = facts || '{"database": "CN=DB8"}' WHERE identity_id = (SELECT id FROM identity WHERE source_forest = $1 AND source_guid = $2)`,
    [one.forest, guid(2)],
  );
  expect(await count('CN=DB7', 'CN=DB8')).toEqual([1, 1]);
  await store.database.query('DELETE FROM service USING identity i WHERE i.id = identity_id AND i.source_forest = $1', [
    one.forest,
  ]);
  expect(await count('CN=DB7', 'CN=DB8')).toEqual([0, 0]);
});

test('a wish that changes while its mailbox is provisioned is provisioned next', async () => {
  await one.evaluate(asks(1));
  await one.seeManaged({ number: 1 });
  const run = await one.run();
  await openServices(store.database, one.forest, run.id, 10);
  const work = await take('first');
  await one.evaluate(asks(1, { hidden: true as false }));
  await settleService(store.database, work, 'provisioned', []);
  expect(await states()).toEqual(['wanted']);
  expect(await serviceProgress(store.database, run.id)).toMatchObject({ provisioning: 1 });
  expect(await open()).toEqual([1]);
});

test('an evaluation that changes nothing of a service leaves it provisioned, and takes up one that was blocked', async () => {
  await one.evaluate(asks(1));
  await one.seeManaged({ number: 1 });
  await settleService(store.database, await take('first'), 'provisioned', []);
  await one.evaluate(asks(1));
  expect(await states()).toEqual(['provisioned']);
  await settleService(store.database, await take('second'), 'blocked', []);
  await one.evaluate(asks(1));
  expect(await states()).toEqual(['wanted']);
});

test('a mailbox that is not asked for any more, and was never begun, is not made', async () => {
  await one.evaluate(asks(1));
  await one.evaluate(evaluated(1));
  await one.seeManaged({ number: 1 });
  expect(await open()).toEqual([]);
});

test('no mailbox is made for an object in error', async () => {
  await one.evaluate(asks(1));
  await one.seeManaged({ number: 1 });
  await one.evaluate(evaluated(1, { errors: [{ code: 'SE201', attribute: 'mailNickname', details: 'is missing' }] }));
  expect(await open()).toEqual([]);
});

test('a workflow that lost its service does not take it back to say that it failed', async () => {
  await one.evaluate(asks(1));
  await one.seeManaged({ number: 1 });
  await take('first');
  const second = await take('second');
  // blockMailbox of the first workflow begins like this.
  await take('first').catch(() => undefined);
  await expect(requireService(store.database, second)).resolves.toBeUndefined();
});
