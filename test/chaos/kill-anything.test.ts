import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { Random } from '../../scripts/sample/random.ts';
import { approveUpdate, progressQuery } from '../../workflows/messages.ts';
import type { syncCycle, SyncCycleResult } from '../../workflows/sync-cycle.ts';
import { CHAOS_WAIT_MS, ChaosStack, persistently } from '../support/chaos-stack.ts';
import { done } from '../support/directory-sandbox.ts';
import { mailGroup, mailUser } from '../support/people.ts';
import type { Product } from '../support/product.ts';

const long = process.env['ITASCA_LONG'] === '1';
const users = long ? 500 : 60;
const rounds = long ? 40 : 3;
const killsPerRound = long ? 5 : 3;
const seed = process.env['ITASCA_SEED'] ?? String(Date.now());

let chaos: ChaosStack;
let product: Product;
let approvals = 0;
const guids: string[] = [];

beforeAll(async () => {
  chaos = await ChaosStack.open((configuration) => ({
    ...configuration,
    cycle: { ...configuration.cycle, pageSize: 20 },
    // Every other round passes it.
    guard: {
      ...configuration.guard,
      attributes: { title: { changed: { count: users / 4, percent: 100, few: users / 4 } } },
    },
  }));
  product = chaos.product;
  for (let number = 0; number < users; number += 1) {
    const alias = `user${String(number)}.${product.name}`;
    const service = number % 10 === 0 ? { extensionAttribute9: ['MBX=5GB;TYPE=EP1D;REG=EU'] } : {};
    guids.push(
      await product.source.add('user', `User ${String(number)}`, mailUser(alias, { title: ['round 0'], ...service })),
    );
  }
  const member = guids.slice(0, 20).map((guid) => `<GUID=${guid}>`);
  await product.source.add('group', 'Some', mailGroup(`some.${product.name}`, { member }));
  await chaos.startWorker();
}, CHAOS_WAIT_MS + 300_000);

afterAll(() => chaos.dispose(), 120_000);

function startCycle(round: number): Promise<WorkflowHandle<typeof syncCycle>> {
  return product.temporal.workflow.start<typeof syncCycle>('syncCycle', {
    args: [{ customer: product.name, forest: 'corp', profile: round % 3 === 0 ? 'full' : 'delta' }],
    taskQueue: product.taskQueue,
    workflowId: `cycle/${product.name}/corp-${String(round)}`,
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}

/** The customer's day: titles change, a member comes and another goes. */
async function change(round: number): Promise<void> {
  for (let number = round % 3; number < users; number += round % 2 === 0 ? 6 : 3)
    await done(
      product.source.writer.modify({ guid: guids[number] ?? '' }, [
        { operation: 'replace', attribute: 'title', values: [`round ${String(round)}`] },
      ]),
    );
  const come = guids[20 + (round % 30)] ?? '';
  const go = guids[round % 20] ?? '';
  const { failures } = await product.source.writer.changeLinks({ dn: product.source.dn('Some') }, 'member', {
    add: [`<GUID=${come}>`],
    remove: [`<GUID=${go}>`],
  });
  expect(failures).toEqual([]);
}

/** An operator who approves what the workflow asks for, until it has ended. */
async function approving(handle: WorkflowHandle<typeof syncCycle>): Promise<SyncCycleResult> {
  const ended = persistently(() => handle.result());
  for (;;) {
    const result = await Promise.race([ended, sleep(500).then(() => null)]);
    if (result !== null) return result;
    const { stage, held } = await persistently(() => handle.query(progressQuery));
    if (stage !== 'waiting for approval' || held === null) continue;
    approvals += 1;
    await persistently(() =>
      handle.executeUpdate(approveUpdate, { args: [{ operator: 'Olga', hash: held.hash }] }),
    ).catch((error: unknown) => {
      // The answer before it counted, and its reply was lost.
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    });
  }
}

async function expectedTitles(): Promise<Map<string, string>> {
  const titles = new Map<string, string>();
  for (const guid of guids) {
    const entry = await product.source.reader.read({ guid }, ['title']);
    titles.set(`${product.name}/corp/${guid}`, entry?.attributes['title']?.[0] ?? '');
  }
  return titles;
}

// Shows: Mistakes / any process killed at any moment: nothing lost, doubled or half done (samba)
test(
  `any process is killed at any moment, and nothing is lost, doubled or half done (ITASCA_SEED=${seed})`,
  async () => {
    const random = new Random(seed);
    for (let round = 1; round <= rounds; round += 1) {
      await change(round);
      const handle = await persistently(() => startCycle(round));
      for (let kill = 0; kill < killsPerRound; kill += 1) {
        await sleep(random.below(1_500));
        await chaos.killOne(random);
      }
      const result: SyncCycleResult = await Promise.race([approving(handle), chaos.workerEnded]);
      expect(result.outcome).toBe('completed');
    }
    expect(approvals).toBeGreaterThan(0);
    process.stderr.write(`killed: ${JSON.stringify(chaos.killed)}\n`);

    const last = await persistently(async () => (await startCycle(999)).result());
    expect(last.counts).toMatchObject({ failed: 0, blocked: 0, open: 0 });
    const quiet = await persistently(async () => (await startCycle(1002)).result());
    expect(quiet.counts).toMatchObject({ whole: 1, planned: 0, plannedReferences: 0, started: 0, errors: 0 });

    const objects = [
      ...(await product.managedObjects(['msExchImmutableId', 'title', 'member', 'msExchMailboxGuid'])).values(),
    ];
    expect(objects).toHaveLength(users + 1);
    const people = objects.filter((entry) => entry.links['member'] === undefined);
    const titles = new Map(
      people.map((entry) => [entry.attributes['msExchImmutableId']?.[0] ?? '', entry.attributes['title']?.[0] ?? '']),
    );
    expect(titles).toEqual(await expectedTitles());
    const source = await product.source.reader.read({ dn: product.source.dn('Some') }, ['member']);
    const group = objects.find((entry) => entry.links['member'] !== undefined);
    expect(group?.links['member']).toHaveLength(source?.links['member']?.length ?? 0);
    const mailboxes = people.flatMap((entry) => entry.attributes['msExchMailboxGuid'] ?? []);
    expect(new Set(mailboxes).size).toBe(Math.ceil(users / 10));
  },
  long ? 5_400_000 : 300_000,
);
