import { setTimeout as sleep } from 'node:timers/promises';
import { planForest, planForestReferences } from '../../activities/plan.ts';
import type { End } from '../../rules/transitions.ts';
import type { Database } from '../../store/database.ts';
import { enterRetention, noteTaken, takeEnd } from '../../store/deprovisioning.ts';
import { replaceErrors } from '../../store/errors.ts';
import { recordResults, unwritten, type PlanStage } from '../../store/plan.ts';
import type { Run } from '../../store/runs.ts';
import { sampleConfiguration } from './sample-configuration.ts';
import { type CustomerStore, evaluated, guid, member, outOfScope, staged } from './store.ts';

/** The steps of a cycle from planning to what was written, for a customer's forest, without a directory. */
export class Planning {
  readonly #one: CustomerStore;

  constructor(one: CustomerStore) {
    this.#one = one;
  }

  /** Plans the objects and answers how many changes there are. */
  async objects(run: Run): Promise<number> {
    const never = new AbortController().signal;
    return (await planForest(this.#one.database, run, this.#configuration(), this.#one.name, never)).changes;
  }

  /** Plans the references and answers them as `9 member -1 +2`, in numbers of source objects; those of page 0. */
  async references(run: Run): Promise<string[]> {
    await planForestReferences(this.#one.database, run, this.#configuration());
    const changes = await unwritten(this.#one.database, run.id, 'references', 0);
    const number = (managed: string): string => String(Number(managed.slice(-6)));
    return changes.flatMap((change) => {
      if (change.operation !== 'link') return [];
      const gone = change.before.map((item) => ` -${number(item)}`);
      const come = change.after.map((item) => ` +${number(item)}`);
      return [[`${number(change.managedGuid)} ${change.attribute}`, ...gone, ...come].join('')];
    });
  }

  /** Says that every change of page 0 was written. */
  async write(run: Run, stage: PlanStage = 'objects'): Promise<void> {
    const changes = await unwritten(this.#one.database, run.id, stage, 0);
    await this.#one.database.transaction((transaction) =>
      recordResults(
        transaction,
        changes.map(({ id }) => ({ id, ok: true })),
      ),
    );
  }

  /** The object leaves the scope, and its identity is disconnected. */
  async leave(number: number): Promise<void> {
    await this.#one.evaluate(outOfScope(number));
    const run = await this.#one.run();
    await this.objects(run);
    await this.write(run);
  }

  /** The grace time of an object that has left is over, and what was to end is undone. */
  async undo(number: number, end: End): Promise<void> {
    const { database, forest } = this.#one;
    const [identity] = await database.query<{ id: string }>(
      'SELECT id FROM identity WHERE source_forest = $1 AND source_guid = $2',
      [forest, guid(number)],
    );
    const attempt = { workflowId: 'deprovision', workflowRun: 'deprovision', scheduledAt: 1 };
    const work = await takeEnd(database, identity?.id ?? '', attempt, 0, 'DC=mgd,DC=fabrikam,DC=test');
    if (work === null) throw new Error('nothing ends');
    await noteTaken(database, work, 'outOfScope', end, {}, []);
    await enterRetention(database, work, end, 1000);
  }

  /** Objects that are in the managed forest as wanted, and whose cycle has ended. */
  async synchronized(
    ...objects: readonly { readonly number: number; readonly members?: readonly number[] }[]
  ): Promise<void> {
    await this.#one.stage(
      await this.#one.run(),
      ...objects.map(({ number, members }) =>
        staged(number, members === undefined ? 'user' : 'group', {}, (members ?? []).map(member)),
      ),
    );
    await this.#one.evaluate(...objects.map(({ number }) => evaluated(number)));
    const run = await this.#one.run();
    await this.objects(run);
    await this.write(run);
    await this.#one.seeManaged(
      ...objects.map((object) => ({ ...object, attributes: { displayName: `Object ${String(object.number)}` } })),
    );
    await this.references(run);
    await this.write(run, 'references');
  }

  /** Gives an object an error that keeps everything from flowing to it. */
  async freeze(number: number): Promise<void> {
    const error = { guid: guid(number), code: 'SE201', attribute: 'mailNickname', details: 'is missing' } as const;
    await this.#one.database.transaction((transaction) =>
      replaceErrors(transaction, this.#one.forest, 'rule', [guid(number)], [error]),
    );
  }

  #configuration(): ReturnType<typeof sampleConfiguration> {
    return { ...sampleConfiguration(), customer: this.#one.customer };
  }
}

/**
 * Lets another cycle work while a step of planning is between reading and committing: the step waits at its first planned
 * change. What is done meanwhile ends before the step or, where the step has locked its rows, after it.
 */
export async function meanwhile(
  database: Database,
  step: () => Promise<unknown>,
  other: () => Promise<void>,
): Promise<void> {
  await database.query(
    `CREATE OR REPLACE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN PERFORM pg_advisory_xact_lock(hashtextextended(current_schema() || ' planning waits', 0)); RETURN NEW; END $$`,
  );
  await database.query(
    'CREATE TRIGGER wait_for_test BEFORE INSERT ON planned_change FOR EACH ROW EXECUTE FUNCTION wait_for_test()',
  );
  let both: Promise<unknown> = Promise.resolve();
  await database.exclusively('planning waits', async () => {
    const stepping = step();
    both = stepping;
    for (;;) {
      const waiting = await database.query(
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
  await database.query('DROP TRIGGER wait_for_test ON planned_change');
}
