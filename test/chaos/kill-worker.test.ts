import { seed } from '../../scripts/seed/seed.ts';
import { WorkerProcess } from '../../scripts/start/worker-process.ts';
import { cycleReport } from '../../store/progress.ts';
import { cycleId } from '../../workflows/ids.ts';
import type { syncCycle } from '../../workflows/sync-cycle.ts';
import { openProduct, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

const long = process.env['ITASCA_LONG'] === '1';
const users = long ? 5000 : 400;
const kills = long ? 20 : 2;

let product: Product;

beforeAll(async () => {
  product = await openProduct({
    worker: false,
    change: (configuration) => ({ ...configuration, cycle: { ...configuration.cycle, pageSize: 50 } }),
  });
  const { customer } = testStack();
  await seed(customer, {
    users,
    groups: 20,
    contacts: 10,
    prefix: product.name.slice(0, 6),
    ou: ouName(product.source.ou),
  });
}, 300_000);

afterAll(() => product.dispose(), 300_000);

function ouName(dn: string): string {
  return dn.slice('OU='.length, dn.indexOf(','));
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

/** Waits until the running cycle has written at least so many changes. */
async function written(count: number): Promise<void> {
  for (;;) {
    const report = await cycleReport(product.database, product.forest);
    if ((report?.written ?? 0) >= count || report?.outcome === 'completed') return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

// Shows: Mistakes / a killed worker: nothing lost, nothing doubled (samba)
test(
  'a worker that is killed in the middle of writing loses nothing and doubles nothing',
  async () => {
    let running = await worker();
    const handle = await product.temporal.workflow.start<typeof syncCycle>('syncCycle', {
      args: [{ customer: product.name, forest: 'corp', profile: 'full' }],
      taskQueue: product.taskQueue,
      workflowId: cycleId(product.name, 'corp'),
    });
    for (let kill = 1; kill <= kills; kill += 1) {
      await written(Math.floor((users * kill) / (kills + 2)));
      await running.kill();
      expect((await cycleReport(product.database, product.forest))?.outcome).toBeNull();
      running = await worker();
    }
    const result = await handle.result();
    await running.stop();

    const inScope = result.counts['inScope'] ?? 0;
    expect(inScope).toBe(users + 20 + 10);
    expect(result).toMatchObject({ outcome: 'completed', counts: { unconfirmed: 0, blocked: 0 } });
    const objects = await product.managedObjects(['msExchImmutableId', 'member']);
    expect(objects.size).toBe(inScope);
    const anchors = [...objects.values()].map((entry) => entry.attributes['msExchImmutableId']?.[0]);
    expect(new Set(anchors).size).toBe(inScope);
    const [refused] = await product.database.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM planned_change WHERE state = 'failed'",
    );
    expect(refused?.count).toBe(0);
    const [memberships] = await product.database.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM source_link l JOIN evaluation e ON e.forest_id = l.forest_id AND e.guid = l.holder AND e.in_scope WHERE l.attribute = 'member'",
    );
    const members = [...objects.values()].reduce((sum, entry) => sum + (entry.links['member']?.length ?? 0), 0);
    expect(members).toBeGreaterThan(0);
    expect(members).toBe(memberships?.count);
  },
  long ? 1_800_000 : 240_000,
);
