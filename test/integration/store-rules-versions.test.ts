import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import type { EvaluationCounts } from '../../activities/types.ts';
import { announceRules, RulesOutdated, withdrawRules } from '../../store/rules-versions.ts';
import { CustomerStore, openStore, staged } from '../support/store.ts';

let store: Awaited<ReturnType<typeof openStore>>;
let one: CustomerStore;
let run: string;

beforeEach(async () => {
  store = await openStore();
  one = await CustomerStore.open(store.database, 'one');
  const opened = await one.lockedRun('cycle');
  run = opened.id;
  await one.stage(opened, staged(1), staged(2));
});

afterEach(() => store.dispose());

let clock = 1_700_000_000_000;

/** The evaluation of a cycle, by a worker with these rules. */
async function evaluate(rulesVersion: string): Promise<number> {
  const activities = createActivities({
    database: store.database,
    rulesVersion,
    secret: () => Promise.reject(new Error('no directory is read')),
    workflows: {
      isRunning: () => Promise.resolve(false),
      holdChanged: () => Promise.resolve(),
      startDeprovisioning: () => Promise.resolve(),
      startProvisioning: () => Promise.resolve(),
      startReconnection: () => Promise.resolve(),
      endAll: () => Promise.resolve({ running: 0, waits: [] }),
      endSchedules: () => Promise.resolve(),
      startReport: () => Promise.resolve(),
      lookAtAlerts: () => Promise.resolve(),
    },
  });
  clock += 1;
  const environment = new MockActivityEnvironment(
    { currentAttemptScheduledTimestampMs: clock },
    { logger: new DefaultLogger('ERROR') },
  );
  const cycle = { run, customer: 'one', forest: 'corp', configuration: 1 };
  const counts: EvaluationCounts = await environment.run(() => activities.evaluate(cycle));
  return counts.evaluated;
}

async function passSeconds(seconds: number): Promise<void> {
  await store.database.query("UPDATE rules_version SET seen_at = seen_at - $1 * interval '1 second'", [seconds]);
}

// Shows: Evaluation / workers with two versions of the rules: the newer one evaluates, once, and the older one leaves it alone (postgresql)
test('while a worker with newer rules runs, one with older rules gives its steps back', async () => {
  expect(await evaluate('older')).toBe(2);
  await announceRules(store.database, 'newer');
  await expect(evaluate('older')).rejects.toThrow(RulesOutdated);
  expect(await evaluate('newer')).toBe(2);
  await expect(evaluate('older')).rejects.toThrow(RulesOutdated);
  expect(await evaluate('newer')).toBe(0);
});

test('a worker that never said that it is there is noticed by its first step', async () => {
  await evaluate('older');
  expect(await evaluate('newer')).toBe(2);
  await expect(evaluate('older')).rejects.toThrow(RulesOutdated);
});

// Shows: Mistakes / a new version of the rules that is taken back: everything is evaluated by the old one again (postgresql)
test('rules that are rolled back count again when no worker has the newer ones any more', async () => {
  await evaluate('older');
  await announceRules(store.database, 'newer');
  await evaluate('newer');
  await announceRules(store.database, 'older');
  await passSeconds(60);
  await expect(evaluate('older')).rejects.toThrow(RulesOutdated);
  await passSeconds(60);
  expect(await evaluate('older')).toBe(2);
});

test('a worker that ends in good order leaves at once, and others with its rules stay', async () => {
  await evaluate('older');
  await announceRules(store.database, 'newer');
  await withdrawRules(store.database, 'newer');
  expect(await evaluate('older')).toBe(0);
  await announceRules(store.database, 'newer');
  await expect(evaluate('older')).rejects.toThrow(RulesOutdated);
});
