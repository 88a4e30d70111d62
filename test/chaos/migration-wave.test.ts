import { setTimeout as sleep } from 'node:timers/promises';
import { first } from '../../rules/objects.ts';
import { parseMap } from '../../rules/migration-map.ts';
import { Random } from '../../scripts/sample/random.ts';
import { giveMap } from '../../store/migration-maps.ts';
import { migrationId } from '../../workflows/ids.ts';
import { approveUpdate } from '../../workflows/messages.ts';
import type { migrateServices } from '../../workflows/migrate-services.ts';
import type { syncCycle, SyncCycleResult } from '../../workflows/sync-cycle.ts';
import { CHAOS_WAIT_MS, ChaosStack, persistently } from '../support/chaos-stack.ts';
import { done } from '../support/directory-sandbox.ts';
import { mailGroup, mailUser } from '../support/people.ts';
import type { Product } from '../support/product.ts';
import { lasting, MAILBOX } from '../support/reconnecting.ts';

const long = process.env['ITASCA_LONG'] === '1';
const people = long ? 1_000 : 20;
const kills = long ? 25 : 4;
const seed = process.env['ITASCA_SEED'] ?? String(Date.now());

let chaos: ChaosStack;
let product: Product;
const olds: string[] = [];
const news: string[] = [];

beforeAll(
  async () => {
    chaos = await ChaosStack.open((configuration) => ({
      ...configuration,
      services: { ...configuration.services, waitFor: '5m' },
      cycle: { ...configuration.cycle, pageSize: 100 },
    }));
    product = chaos.product;
    for (let number = 0; number < people; number += 1)
      olds.push(await product.source.add('user', `Old ${String(number)}`, account(number)));
    const member = olds.slice(0, 10).map((guid) => `<GUID=${guid}>`);
    await product.source.add('group', 'Team', mailGroup(`team.${product.name}`, { member }));
    await chaos.startWorker();
  },
  CHAOS_WAIT_MS + (long ? 1_200_000 : 300_000),
);

afterAll(() => chaos.dispose(), 120_000);

function account(number: number): ReturnType<typeof mailUser> {
  const value = { extensionAttribute9: ['MBX=5GB;TYPE=EP2D;REG=EU'] };
  return mailUser(`p${String(number)}.${product.name}`, value);
}

let cycles = 0;
async function cycle(): Promise<SyncCycleResult> {
  cycles += 1;
  const options = {
    args: [{ customer: product.name, forest: 'corp', profile: 'delta' }],
    taskQueue: product.taskQueue,
    workflowId: `cycle/${product.name}/corp-${String(cycles)}`,
    workflowIdConflictPolicy: 'USE_EXISTING',
  } as const;
  const handle = await persistently(() =>
    product.temporal.workflow.start<typeof syncCycle>('syncCycle', { ...options, args: [{ ...options.args[0] }] }),
  );
  return persistently(() => Promise.race([handle.result(), chaos.workerEnded]));
}

/** The mailboxes by the mail address of their people. */
async function mailboxes(): Promise<ReadonlyMap<string, readonly (string | undefined)[]>> {
  const objects = await product.managedObjects(MAILBOX);
  return new Map(
    [...objects.values()]
      .filter((entry) => first(entry.attributes, 'msExchMailboxGuid') !== undefined)
      .map((entry) => [first(entry.attributes, 'mail') ?? '', lasting(entry)]),
  );
}

async function members(): Promise<number> {
  return (await product.managedObjects(['member'])).get('Team')?.links['member']?.length ?? 0;
}

// Shows: Reconnection / a migration wave by map, the old accounts still there, with kills of every process, to the end; 1,000 with ITASCA_LONG=1 (samba)
test(
  `a wave of ${String(people)} people is migrated by a map while anything is killed (ITASCA_SEED=${seed})`,
  async () => {
    const random = new Random(seed);
    expect((await cycle()).counts).toMatchObject({ failed: 0, blocked: 0 });
    const before = await mailboxes();
    expect(before.size).toBe(people);
    expect(await members()).toBe(10);
    // The migration tool makes the new accounts; it disables some of the old ones, and leaves all of them.
    for (let number = 0; number < people; number += 1) {
      news.push(await product.source.add('user', `New ${String(number)}`, account(number)));
      if (number % 2 === 0)
        await done(
          product.source.writer.modify({ guid: olds[number] ?? '' }, [
            { operation: 'replace', attribute: 'userAccountControl', values: ['546'] },
          ]),
        );
    }
    expect((await cycle()).counts).toMatchObject({ reconnected: 0, reconnectionCases: people, toCreate: 0 });
    const map = parseMap(['old,new', ...olds.map((old, at) => `${old},${news[at] ?? ''}`)].join('\n'));
    const id = await giveMap(product.database, product.name, map.ok ? map.lines : []);
    const wave = await product.temporal.workflow.start<typeof migrateServices>('migrateServices', {
      args: [{ customer: product.name, map: id }],
      taskQueue: product.taskQueue,
      workflowId: migrationId(product.name, id),
    });
    const hash = await checkedHash(id);
    expect(await wave.executeUpdate(approveUpdate, { args: [{ hash, operator: 'Olga' }] })).toBe(
      `Approved: ${String(people)} pairs. The next cycles of their forests reconnect them.`,
    );
    const started = Date.now();
    const cycling = cycle();
    for (let kill = 0; kill < kills; kill += 1) {
      await sleep(random.below(long ? 6_000 : 1_500));
      await chaos.killOne(random);
    }
    expect((await cycling).outcome).toBe('completed');
    // What was cut off in the first cycle is finished by the next.
    for (let more = 0; more < 3 && (await unconfirmed()) > 0; more += 1) await cycle();
    const result = await persistently(() => Promise.race([wave.result(), chaos.workerEnded]));
    expect(result).toEqual({ outcome: 'migrated', reconnected: people, left: 0 });
    process.stderr.write(
      `${String(people)} reconnected in ${String(Math.round((Date.now() - started) / 1000))} s; killed: ${JSON.stringify(chaos.killed)}\n`,
    );
    expect(await mailboxes()).toEqual(before);
    expect(await members()).toBe(10);
    const anchors = [...(await product.managedObjects(['msExchImmutableId'])).values()].map((entry) =>
      first(entry.attributes, 'msExchImmutableId')?.split('/').at(-1),
    );
    expect(anchors).toEqual(expect.arrayContaining(news));
    expect((await cycle()).counts).toMatchObject({ planned: 0, plannedReferences: 0, reconnected: 0, errors: 0 });
  },
  long ? 5_400_000 : 300_000,
);

async function checkedHash(map: string): Promise<string> {
  for (;;) {
    const [row] = await product.database.query<{ hash: string | null }>(
      'SELECT hash FROM migration_map WHERE id = $1',
      [map],
    );
    if (typeof row?.hash === 'string') return row.hash;
    await sleep(100);
  }
}

async function unconfirmed(): Promise<number> {
  const [row] = await product.database.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM reconnection WHERE state IN ('approved', 'linked')",
  );
  return row?.count ?? 0;
}
