import { setTimeout as sleep } from 'node:timers/promises';
import { WorkerProcess } from '../../scripts/start/worker-process.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import type { convertRecipient } from '../../workflows/convert-recipient.ts';
import { conversionId, cycleId } from '../../workflows/ids.ts';
import type { syncCycle } from '../../workflows/sync-cycle.ts';
import { done } from '../support/directory-sandbox.ts';
import { Ends } from '../support/ends.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

const LINKED = 'MBX=2GB;TYPE=KIOSK';
const ROOM = 'MBX=10GB;TYPE=RESOURCE;RESMBX=roomrba(CAP=15)';

/** Where a worker is killed: just before this change of a row, in whichever of the workflows makes it. */
interface Stop {
  readonly name: string;
  readonly before: string;
  readonly when?: string;
}

const STOPS: readonly Stop[] = [
  { name: 'an end is taken', before: 'UPDATE OF lock_counter ON deprovisioning' },
  { name: 'a mailbox is taken', before: 'UPDATE OF scheduled_at ON service' },
  { name: 'a conversion begins', before: 'INSERT ON conversion' },
  { name: 'what the object had is noted', before: 'UPDATE OF happens ON deprovisioning' },
  { name: 'what the mailbox has for life is kept', before: 'UPDATE OF facts ON service' },
  { name: 'a step is recorded', before: 'INSERT ON planned_change', when: "NEW.stage = 'services'" },
  {
    name: 'a step was written to the Managed Forest',
    before: 'UPDATE OF state ON planned_change',
    when: "NEW.stage = 'services'",
  },
  { name: 'the next stage of an end', before: 'UPDATE OF stage ON deprovisioning' },
  { name: 'a mailbox is settled', before: 'UPDATE OF state ON service', when: "NEW.state = 'provisioned'" },
  { name: 'a conversion ends', before: 'UPDATE OF ended_at ON conversion' },
];

const long = process.env['ITASCA_LONG'] === '1';
/** Each stop, with what was under way in the database lost or arriving after all. */
const rounds: readonly (readonly [stop: Stop, arrives: boolean])[] = long
  ? STOPS.flatMap((stop) => [[stop, false] as const, [stop, true] as const])
  : STOPS.filter(({ name }) => name === 'a step was written to the Managed Forest').map((stop) => [stop, false]);

let product: Product;
let ends: Ends;
let running: WorkerProcess;
const images = new Map<string, AttributeImage | null>();

beforeAll(async () => {
  product = await openProduct({
    worker: false,
    change: (configuration) => ({
      ...configuration,
      guard: { ...configuration.guard, disconnected: { user: FREE, contact: FREE, group: FREE }, changed: FREE },
    }),
  });
  ends = new Ends(product);
  running = await worker();
  const all = (what: string): string[] => rounds.map((_, round) => `${what}-${String(round)}`);
  for (const name of [...all('gone'), ...all('back'), ...all('kind')]) await add(name);
  await product.cycle();
  for (const name of [...all('back'), ...all('kind')]) images.set(name, await ends.shown(name));
  await ends.are({ grace: '1s', retention: '1h' });
  for (const name of all('kind')) await modify(name, { extensionAttribute9: [ROOM] });
  await ends.leave(...all('back'));
  for (const name of all('back')) await ends.stage(name, 'retention');
  await ends.are({ grace: '1s', retention: '1s' });
}, 300_000);

afterAll(async () => {
  await running.stop();
  await product.dispose();
}, 120_000);

const FREE = { count: 1000, percent: 100, few: 1000 };

function modify(name: string, changes: AttributeImage): Promise<void> {
  return done(
    product.source.writer.modify(
      { dn: product.source.dn(name) },
      Object.entries(changes).map(([attribute, values]) => ({ operation: 'replace', attribute, values })),
    ),
  );
}

function add(name: string): Promise<string> {
  return product.source.add('user', name, mailUser(aliasesOf(product)(name), { extensionAttribute9: [LINKED] }));
}

function worker(): Promise<WorkerProcess> {
  const { databaseUrl, temporal } = testStack();
  return WorkerProcess.start(
    {
      databaseUrl,
      schema: product.schema,
      temporalAddress: temporal.address,
      temporalNamespace: temporal.namespace,
      taskQueue: product.taskQueue,
      logFile: '/dev/null',
    },
    () => undefined,
  );
}

/** Connections that wait where the worker is to be killed. */
const WAITING = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
  AND (classid::bigint << 32 | objid::bigint) = hashtextextended(current_schema() || ' killed here', 0)`;

/** Has the workflows stop there, kills the worker, and starts another one that finds the way free. */
async function killedAt(stop: Stop, arrives: boolean, work: () => Promise<void>): Promise<void> {
  const { database } = product;
  await database.query(
    `CREATE OR REPLACE FUNCTION killed_here() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN PERFORM pg_advisory_xact_lock(hashtextextended(current_schema() || ' killed here', 0)); RETURN NEW; END $$`,
  );
  const table = stop.before.split(' ').at(-1) ?? '';
  const when = stop.when === undefined ? '' : `WHEN (${stop.when})`;
  await database.query(
    `CREATE TRIGGER killed_here BEFORE ${stop.before} FOR EACH ROW ${when} EXECUTE FUNCTION killed_here()`,
  );
  await database.exclusively('killed here', async () => {
    await work();
    while ((await database.query(WAITING)).length === 0) await sleep(20);
    // Whoever else comes by.
    await sleep(1_500);
    await running.kill();
    // A server whose client is gone goes on with the statement that it was given.
    if (!arrives) await database.query(`SELECT pg_terminate_backend(pid) FROM (${WAITING}) w`);
  });
  await database.query(`DROP TRIGGER killed_here ON ${table}`);
  running = await worker();
}

function startCycle(number: string): Promise<unknown> {
  return product.temporal.workflow.execute<typeof syncCycle>('syncCycle', {
    args: [{ customer: product.name, forest: 'corp', profile: 'delta' }],
    taskQueue: product.taskQueue,
    workflowId: `${cycleId(product.name, 'corp')}-killed-${number}`,
  });
}

async function startConversion(name: string): Promise<unknown> {
  const [row] = await product.database.query<{ id: string }>('SELECT id FROM identity WHERE cn = $1', [name]);
  const identity = row?.id ?? '';
  return product.temporal.workflow.execute<typeof convertRecipient>('convertRecipient', {
    args: [{ customer: product.name, forest: 'corp', identity, to: 'room', operator: 'Olga' }],
    taskQueue: product.taskQueue,
    workflowId: conversionId(product.name, identity),
  });
}

/** What the steps of a round have on record, and how often each is there. */
function records(round: string): Promise<{ cn: string; rule: string; state: string; count: number }[]> {
  return product.database.query(
    `SELECT i.cn, p.rule, p.state, count(*)::int AS count FROM planned_change p JOIN identity i ON i.id = p.identity_id
     WHERE p.stage = 'services' AND right(i.cn, $2) = $1 GROUP BY 1, 2, 3`,
    [`-${round}`, round.length + 1],
  );
}

// Shows: Timers / worker killed during each step of a provisioning, a deprovisioning and a conversion: nothing lost, nothing twice (samba)
test.each(rounds.map(([stop, arrives], round) => [stop.name, arrives, stop, String(round)] as const))(
  'a worker killed where %s (its statement arrives: %s) loses nothing and does nothing twice',
  async (_name, arrives, stop, round) => {
    const [fresh, gone, back, kind] = ['new', 'gone', 'back', 'kind'].map((what) => `${what}-${round}`) as [
      string,
      string,
      string,
      string,
    ];
    const { source } = product;
    let work: Promise<unknown> = Promise.resolve();
    await killedAt(stop, arrives, async () => {
      await add(fresh);
      await done(source.writer.rename({ dn: source.dn(gone) }, gone, `OU=Excluded,${source.ou}`));
      await done(source.writer.rename({ dn: `CN=${back},OU=Excluded,${source.ou}` }, back, source.ou));
      work = Promise.all([startConversion(kind), startCycle(round)]);
    });
    const restarted = Date.now();
    expect(await work).toMatchObject([{ outcome: 'converted' }, { outcome: 'completed' }]);
    expect(await (await ends.workflow(gone)).result()).toEqual({ outcome: 'done' });
    expect(await (await ends.workflow(back)).result()).toEqual({ outcome: 'given back' });
    // The server noticed by the heartbeats, not by the time limit of two minutes that a step has.
    expect(Date.now() - restarted).toBeLessThan(90_000);
    // Whoever the cycle did not wait for any longer.
    for (;;) {
      const { counts } = await product.cycle('delta');
      if (counts['started'] === 0 && counts['open'] === 0) break;
    }

    expect(await ends.shown(fresh)).toMatchObject({
      msExchRecipientTypeDetails: ['2'],
      homeMDB: [expect.any(String)],
      msExchMailboxGuid: [expect.any(String)],
    });
    expect(await ends.shown(gone)).toBeNull();
    expect(await ends.shown(back)).toEqual(images.get(back));
    expect(await ends.shown(kind)).toMatchObject({
      msExchRecipientTypeDetails: ['16'],
      msExchMailboxGuid: images.get(kind)?.['msExchMailboxGuid'],
      homeMDB: images.get(kind)?.['homeMDB'],
    });
    const recorded = await records(round);
    expect(recorded.filter(({ state, count }) => state !== 'confirmed' || count !== 1)).toEqual([]);
    expect(recorded.map(({ cn, rule }) => `${cn}: ${rule}`).sort()).toEqual(
      [
        `${fresh}: mail: provision linked`,
        `${gone}: mail: provision linked`,
        `${gone}: deprovision: disconnect none`,
        `${gone}: deprovision: the retention time is over`,
        `${back}: mail: provision linked`,
        `${back}: deprovision: disconnect none`,
        `${back}: deprovision: giveBack linked`,
        `${kind}: mail: provision linked`,
        `${kind}: mail: convert room`,
      ].sort(),
    );
    const [conversions] = await product.database.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM conversion c JOIN identity i ON i.id = c.identity_id WHERE i.cn = $1 AND c.outcome = 'converted'",
      [kind],
    );
    expect(conversions?.count).toBe(1);
  },
  180_000,
);
