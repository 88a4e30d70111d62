import { randomUUID } from 'node:crypto';
import { answerHold, guardStage } from '../../activities/guard.ts';
import { listAnswers } from '../../activities/list-answers.ts';
import type { Arrival } from '../../activities/operator-answers.ts';
import { explainObject } from '../../activities/explain-object.ts';
import { planForest } from '../../activities/plan.ts';
import type { SignedAnswer } from '../../activities/answer-types.ts';
import type { Dependencies } from '../../activities/dependencies.ts';
import type { HeldList } from '../../activities/types.ts';
import { configurationSchema, type Configuration } from '../../rules/configuration.ts';
import { listSubject, type AnswerAction } from '../../rules/operator-statement.ts';
import type { OperatorsSettings } from '../../rules/operators-settings.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { openContent, resealHolds } from '../../store/holds.ts';
import type { Run } from '../../store/runs.ts';
import { listed, signedAnswer, signer, type Signer } from '../support/operators.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';
import { image } from '../support/source-object.ts';
import { evaluated, guid, staged, useStore, type CustomerStore } from '../support/store.ts';

const store = useStore();
const ann = signer('ann');
const ben = signer('ben');
const never = new AbortController().signal;
const unnamed: SignedAnswer = { operator: 'Olga Operator' };

/** A forest whose first plan waits for an answer. */
interface Waiting {
  readonly one: CustomerStore;
  readonly run: Run;
  readonly list: HeldList;
  readonly configuration: Configuration;
}

const dependencies = (): Dependencies => ({
  database: store.database,
  rulesVersion: '1',
  secret: () => Promise.resolve(''),
  workflows: {
    isRunning: () => Promise.resolve(true),
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

async function configured(customer: string, operators: Partial<OperatorsSettings>): Promise<Configuration> {
  const sample = sampleConfiguration();
  const guard = { ...sample.guard, firstPlan: 'approve' };
  const configuration = configurationSchema.parse({
    ...{ ...sample, customer, domains: [`${customer}.example`], guard, operators },
  });
  await applyConfiguration(store.database, configuration);
  return configuration;
}

async function waiting(operators: Partial<OperatorsSettings>): Promise<Waiting> {
  const one = await store.customer();
  const configuration = await configured(one.customer, { list: [...listed(ann, ben)], ...operators });
  await one.stage(await one.run(), staged(1), staged(2));
  await one.evaluate(evaluated(1), evaluated(2));
  const run = await one.run();
  await planForest(store.database, run, configuration, 'corp', never);
  const list = await guardStage(dependencies(), run, configuration, 'objects');
  if (list === null) throw new Error('nothing waits');
  return { one, run, list, configuration };
}

/** An answer that is signed by what the list holds now. */
async function signed(
  who: Signer,
  { one, run }: Waiting,
  action: AnswerAction = 'approve',
  at = new Date().toISOString(),
): Promise<SignedAnswer> {
  const content = await openContent(store.database, run.id);
  const subject = listSubject(run.id, content?.digest ?? '');
  return signedAnswer(who, { customer: one.customer, action, workflowId: `cycle/${one.customer}`, subject }, at);
}

const arrival = (at = Date.now(), step: string = randomUUID()): Arrival => ({ at, step, workflowId: '' });

function answer(
  { run, list }: Waiting,
  given: SignedAnswer,
  action: 'approve' | 'reject' = 'approve',
  when = arrival(),
): ReturnType<typeof answerHold> {
  return answerHold(dependencies(), run, action, { ...given, hash: list.hash }, when);
}

async function holdOf({ run }: Waiting): Promise<{ state: string; operator: string | null }> {
  const [row] = await store.database.query<{ state: string; operator: string | null }>(
    'SELECT state, operator FROM hold WHERE run_id = $1 ORDER BY id DESC',
    [run.id],
  );
  if (row === undefined) throw new Error('no list');
  return row;
}

const refused = (reason: string): unknown => ({ refused: expect.stringContaining(reason) as unknown });

describe('a signed answer', () => {
  test('is verified and kept, with what is needed to verify it later', async () => {
    const one = await waiting({ unsigned: 'refuse' });
    const given = await signed(ann, one);
    const when = arrival();
    expect(await answer(one, given, 'approve', when)).toBeNull();
    expect(await holdOf(one)).toEqual({ state: 'approved', operator: 'ann' });
    // The step is tried again, for its worker died before it could tell.
    expect(await answer(one, given, 'approve', when)).toBeNull();
    const kept = await store.database.query(
      'SELECT operator, public_key, signature, decides FROM operator_answer WHERE customer = $1',
      [one.one.customer],
    );
    expect(kept).toEqual([{ operator: 'ann', public_key: ann.publicKey, signature: given.signature, decides: true }]);
    const explained = await explainObject(
      store.database,
      one.configuration,
      { name: 'corp', id: one.one.forest },
      guid(1),
      50,
    );
    const told = (explained?.timeline ?? []).map(({ details }) => details);
    expect(told).toContainEqual(
      expect.stringMatching(/^approve list .* by ann at .* \(signature verified, key SHA256:/),
    );
  });

  test('by another key, of another list, time, action or workflow, or of nobody listed is refused', async () => {
    const one = await waiting({});
    const other = await waiting({});
    const now = Date.now();
    const at = (minutes: number): string => new Date(now + minutes * 60_000).toISOString();
    const given = await signed(ann, one);
    expect(await answer(one, await signed({ ...signer('x'), name: 'ann' }, one))).toEqual(
      refused("the signature is not ann's for this"),
    );
    expect(await answer(one, await signed(ann, other))).toEqual(refused("the signature is not ann's for this"));
    expect(await answer(one, await signed(ann, one, 'reject'))).toEqual(refused("the signature is not ann's for this"));
    expect(await answer(one, await signed(signer('eve'), one))).toEqual(refused('no operator eve is listed'));
    expect(await answer(one, { ...given, operator: 'ben' })).toEqual(refused("the signature is not ben's for this"));
    expect(await answer(one, { ...given, at: at(1) })).toEqual(refused("the signature is not ann's for this"));
    expect(await answer(one, { operator: 'ann', signature: given.signature ?? '' })).toEqual(refused('both "at" and'));
    expect(await answer(one, await signed(ann, one, 'approve', at(-6)), 'approve', arrival(now))).toEqual(
      refused('more than 5 minutes before it came'),
    );
    expect(await answer(one, await signed(ann, one, 'approve', at(6)), 'approve', arrival(now))).toEqual(
      refused('still to come'),
    );
    expect(await holdOf(one)).toEqual({ state: 'open', operator: null });
    expect(await listAnswers(store.database, one.run.id)).toEqual([]);
  });

  test('sent again by somebody else counts for nothing', async () => {
    const one = await waiting({ second: ['changes'] });
    const given = await signed(ann, one);
    expect(await answer(one, given)).toMatchObject({ first: { hash: one.list.hash, approvedOnce: true } });
    expect(await answer(one, given)).toEqual(refused('this signature was used before'));
    expect(await holdOf(one)).toMatchObject({ state: 'open' });
  });
});

describe('an answer without a signature', () => {
  test("counts as an unnamed operator's, whomever it names", async () => {
    const one = await waiting({});
    expect(await answer(one, { operator: 'ann' })).toBeNull();
    expect(await holdOf(one)).toEqual({ state: 'approved', operator: 'an unnamed operator (says ann)' });
  });

  test('may only reject where signatures are wanted', async () => {
    const one = await waiting({ unsigned: 'refuse' });
    expect(await answer(one, unnamed)).toEqual(refused('an approval has to be signed'));
    expect(await answer(one, unnamed, 'reject')).toBeNull();
    expect(await holdOf(one)).toEqual({ state: 'rejected', operator: 'an unnamed operator (says Olga Operator)' });
  });

  test('is that of whom it names while nobody is listed, and nothing is kept of it here', async () => {
    const one = await waiting({ list: [] });
    expect(await answer(one, unnamed)).toBeNull();
    expect(await holdOf(one)).toEqual({ state: 'approved', operator: 'Olga Operator' });
  });
});

describe('a second operator', () => {
  // Shows: Command / two operators approve a list: the same one twice, or an unnamed one, is never the second (postgresql)
  test('is another one, with a signature', async () => {
    const one = await waiting({ second: ['changes'] });
    expect(await answer(one, await signed(ann, one))).toMatchObject({
      said: 'Recorded: approved by ann. Another operator has to approve it, too, with a signature.',
    });
    expect(await answer(one, await signed(ann, one))).toEqual(refused('ann has approved it already'));
    expect(await answer(one, unnamed)).toEqual(refused('never counts as the second one'));
    expect(await holdOf(one)).toEqual({ state: 'open', operator: null });
    expect(await listAnswers(store.database, one.run.id)).toMatchObject([
      { holds: true, text: expect.stringMatching(/^Approved by ann at .*signature verified/) as string },
    ]);
    expect(await answer(one, await signed(ben, one))).toBeNull();
    expect(await holdOf(one)).toEqual({ state: 'approved', operator: 'ann and ben' });
  });

  test('may follow an unnamed one', async () => {
    const one = await waiting({ second: ['changes'] });
    expect(await answer(one, unnamed)).toMatchObject({ first: { approvedOnce: true } });
    expect(await answer(one, unnamed)).toEqual(refused('never counts as the second one'));
    expect(await answer(one, await signed(ben, one))).toBeNull();
    expect(await holdOf(one)).toMatchObject({ operator: 'an unnamed operator (says Olga Operator) and ben' });
  });

  test('who rejects is enough', async () => {
    const one = await waiting({ second: ['changes'] });
    await answer(one, await signed(ann, one));
    expect(await answer(one, await signed(ben, one, 'reject'), 'reject')).toBeNull();
    expect(await holdOf(one)).toEqual({ state: 'rejected', operator: 'ben' });
  });

  test('is wanted of a list that deletes, where that is what needs two', async () => {
    const one = await waiting({ second: ['deletions'] });
    await store.database.query(
      "UPDATE planned_change SET operation = 'disconnect' WHERE id = (SELECT min(id) FROM planned_change WHERE run_id = $1)",
      [one.run.id],
    );
    const content = await openContent(store.database, one.run.id);
    const list = { ...one.list, hash: content?.digest.slice(0, 16) ?? '' };
    await store.database.query('UPDATE hold SET hash = $2 WHERE run_id = $1', [one.run.id, list.hash]);
    expect(await answer({ ...one, list }, await signed(ann, one))).toMatchObject({ first: { approvedOnce: true } });
    const other = await waiting({ second: ['deletions'] });
    expect(await answer(other, await signed(ann, other))).toBeNull();
  });

  // Shows: Command / a list that changes after it was signed: the signature is void, and that is said (postgresql)
  test('approves what the first one has seen: when the list changes, the first approval is void', async () => {
    const one = await waiting({ second: ['changes'] });
    const early = await signed(ben, one);
    await answer(one, await signed(ann, one));
    await one.one.evaluate(evaluated(2, { wanted: image({ displayName: 'Another' }) }));
    const later = await one.one.run();
    await planForest(store.database, later, one.configuration, 'corp', never);
    await store.database.transaction((transaction) => resealHolds(transaction, later));
    const content = await openContent(store.database, one.run.id);
    const list = { ...one.list, hash: content?.digest.slice(0, 16) ?? '' };
    expect(list.hash).not.toBe(one.list.hash);
    const now = { ...one, list };
    expect(await listAnswers(store.database, one.run.id)).toMatchObject([
      {
        holds: false,
        text: expect.stringMatching(/^Approved by ann .*: void, for the list has changed since/) as string,
      },
    ]);
    expect(await answer(one, early)).toMatchObject({ hash: list.hash });
    expect(await answer(now, early)).toEqual(refused("the signature is not ben's for this"));
    expect(await answer(now, await signed(ben, now))).toMatchObject({ first: { hash: list.hash } });
    expect(await answer(now, await signed(ann, now))).toBeNull();
    expect(await holdOf(one)).toMatchObject({ state: 'approved', operator: 'ben and ann' });
  });

  test('whose colleague was taken off the list stands alone', async () => {
    const one = await waiting({ second: ['changes'] });
    await answer(one, await signed(ann, one));
    const again = signer('ann');
    await configured(one.one.customer, { list: [...listed(again, ben)], second: ['changes'] });
    expect(await answer(one, await signed(ben, one))).toMatchObject({ first: { approvedOnce: true } });
    expect(await answer(one, await signed(again, one))).toBeNull();
  });
});
