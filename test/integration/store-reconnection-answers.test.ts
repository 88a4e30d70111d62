import { randomUUID } from 'node:crypto';
import type { SignedAnswer } from '../../activities/answer-types.ts';
import { answerOffboardingOf, answerPilotOf } from '../../activities/answer-pilot.ts';
import { answerReconnectionOf } from '../../activities/answer-reconnection.ts';
import { answerMapOf } from '../../activities/migration-map.ts';
import type { Arrival } from '../../activities/operator-answers.ts';
import { configurationSchema } from '../../rules/configuration.ts';
import {
  mapSubject,
  offboardingSubject,
  pairSubject,
  pilotSubject,
  type AnswerAction,
} from '../../rules/operator-statement.ts';
import type { OperatorsSettings } from '../../rules/operators-settings.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { checkMap, giveMap, mapDigest, mapState } from '../../store/migration-maps.ts';
import { openOffboarding, standingOffboardings } from '../../store/offboarding.ts';
import { reconnectionOf } from '../../store/reconnection-cases.ts';
import { listed, signedAnswer, signer, type Signer } from '../support/operators.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';
import { evaluated, guid, staged, useStore, type CustomerStore } from '../support/store.ts';

const store = useStore();
const ann = signer('ann');
const ben = signer('ben');
let one: CustomerStore;

/** A customer with two managed objects, 1 and 2, and new source objects 11 and 12; two operators have to approve. */
beforeEach(async () => {
  one = await store.customer();
  await configured({});
  await one.stage(await one.run(), staged(1), staged(2), staged(11), staged(12));
  await one.seeManaged({ number: 1 }, { number: 2 });
  await one.evaluate(evaluated(1), evaluated(2));
});

async function configured(operators: Partial<OperatorsSettings>, approvals = 2): Promise<void> {
  const sample = { ...sampleConfiguration(), customer: one.customer, domains: [`${one.customer}.example`] };
  await applyConfiguration(
    store.database,
    configurationSchema.parse({
      ...sample,
      reconnection: { ...sample.reconnection, approvals },
      operators: { list: listed(ann, ben), ...operators },
    }),
  );
}

const workflowId = 'the workflow';
const arrival = (): Arrival => ({ at: Date.now(), step: randomUUID(), workflowId });

async function identityOf(number: number): Promise<string> {
  const [row] = await store.database.query<{ id: string }>('SELECT id FROM identity WHERE managed_guid = $1', [
    one.managedGuid(number),
  ]);
  return row?.id ?? '';
}

function signedFor(who: Signer, action: AnswerAction, subject: string): SignedAnswer {
  return signedAnswer(who, { customer: one.customer, action, workflowId, subject });
}

/** Who says that the new object is whose services the managed object `managed` has. */
async function choose(who: Signer | null, number: number, managed: number, signedManaged = managed): Promise<string> {
  const subject = pairSubject('corp', guid(number), await identityOf(signedManaged));
  const given = who === null ? { operator: 'Olga' } : signedFor(who, 'choose', subject);
  const answered = await answerReconnectionOf(
    store.database,
    { customer: one.customer, forest: 'corp', object: guid(number) },
    { decision: 'choose', managed: one.managedGuid(managed), ...given },
    arrival(),
  );
  return answered.outcome === 'refused' ? `refused: ${answered.reason}` : answered.text;
}

const ONCE = 'Recorded. Another operator has to approve it, too.';
const APPROVED = 'Approved. The next cycle of the forest reconnects it.';

async function decidedBy(number: number): Promise<readonly (string | null)[]> {
  const found = await reconnectionOf(store.database, one.forest, guid(number));
  return [found?.state ?? null, found?.decidedBy ?? null];
}

// Shows: Reconnection / two operators sign exactly the pair: another pair, the same one twice and an unnamed second are refused (postgresql)
test('a pair is approved by two who have signed exactly that', async () => {
  expect(await choose(ann, 11, 1, 2)).toContain("refused: the signature is not ann's for this");
  expect(await choose(ann, 11, 1)).toBe(ONCE);
  expect(await choose(ann, 11, 1)).toContain('refused: ann has approved it already');
  expect(await choose(null, 11, 1)).toContain('refused: it is approved once; an answer without a signature');
  expect(await decidedBy(11)).toEqual(['open', null]);
  expect(await choose(ben, 11, 1)).toBe(APPROVED);
  expect(await decidedBy(11)).toEqual(['approved', 'ann and ben']);
});

test('who approves another pair of the same object begins anew', async () => {
  expect(await choose(ann, 11, 1)).toBe(ONCE);
  expect(await choose(ben, 11, 2)).toBe(ONCE);
  expect(await decidedBy(11)).toEqual(['open', null]);
  expect(await choose(ann, 11, 2)).toBe(APPROVED);
  expect(await decidedBy(11)).toEqual(['approved', 'ben and ann']);
});

test('an approval of a case that was closed since says nothing of the next one', async () => {
  expect(await choose(ann, 11, 1)).toBe(ONCE);
  await store.database.query('DELETE FROM reconnection WHERE forest_id = $1', [one.forest]);
  expect(await choose(ben, 11, 1)).toBe(ONCE);
  expect(await decidedBy(11)).toEqual(['open', null]);
});

test('approvals from before there was a list of operators do not count', async () => {
  await configured({ list: [] });
  expect(await choose(null, 11, 1)).toBe(ONCE);
  await configured({});
  expect(await choose(ann, 11, 1)).toBe(ONCE);
  expect(await decidedBy(11)).toEqual(['open', null]);
  expect(await choose(ben, 11, 1)).toBe(APPROVED);
  expect(await decidedBy(11)).toEqual(['approved', 'ann and ben']);
});

test('an answer that its step gives again is told again, and counted once', async () => {
  const subject = pairSubject('corp', guid(11), await identityOf(1));
  const when = arrival();
  const give = (): ReturnType<typeof answerReconnectionOf> =>
    answerReconnectionOf(
      store.database,
      { customer: one.customer, forest: 'corp', object: guid(11) },
      { decision: 'choose', managed: one.managedGuid(1), ...given },
      when,
    );
  const given = signedFor(ann, 'choose', subject);
  expect([await give(), await give()]).toEqual([
    { outcome: 'recorded', text: ONCE },
    { outcome: 'recorded', text: ONCE },
  ]);
  expect(
    await store.database.query('SELECT operator FROM operator_answer WHERE customer = $1', [one.customer]),
  ).toEqual([{ operator: 'ann' }]);
});

// Shows: Reconnection / two operators sign a migration map as one list (postgresql)
test('a map is approved by two who have signed all its pairs', async () => {
  const lines = [
    { line: 1, old: guid(1), new: guid(11) },
    { line: 2, old: guid(2), new: guid(12) },
  ];
  const map = await giveMap(store.database, one.customer, lines);
  const checked = await store.database.transaction((transaction) => checkMap(transaction, map, one.customer));
  const hash = checked?.hash ?? '';
  const digest = await mapDigest(store.database, map);
  expect(digest.startsWith(hash)).toBe(true);
  const answer = async (given: SignedAnswer, action: 'approve' | 'reject' = 'approve'): Promise<unknown> =>
    answerMapOf(store.database, { customer: one.customer, map }, action, { ...given, hash }, arrival());
  const subject = mapSubject(map, digest);
  expect(await answer(signedFor(ann, 'approve', mapSubject(map, digest.replace(/./, 'x'))))).toMatchObject({
    outcome: 'refused',
  });
  expect(await answer(signedFor(ann, 'approve', subject))).toEqual({ outcome: 'recorded', text: ONCE });
  expect(await answer({ operator: 'Olga' })).toMatchObject({ outcome: 'refused' });
  expect(await mapState(store.database, map, one.customer)).toBe('open');
  expect(await answer(signedFor(ben, 'approve', subject))).toEqual({
    outcome: 'recorded',
    text: 'Approved: 2 pairs. The next cycles of their forests reconnect them.',
  });
  expect(await mapState(store.database, map, one.customer)).toBe('approved');
  expect(await decidedBy(12)).toEqual(['approved', 'ann and ben']);
});

test('where one is enough, and signatures are wanted, an unsigned answer may only reject', async () => {
  await configured({ unsigned: 'refuse' }, 1);
  expect(await choose(null, 11, 1)).toContain('refused: an approval has to be signed');
  const map = await giveMap(store.database, one.customer, [{ line: 1, old: guid(1), new: guid(11) }]);
  const checked = await store.database.transaction((transaction) => checkMap(transaction, map, one.customer));
  const answer = (action: 'approve' | 'reject'): ReturnType<typeof answerMapOf> =>
    answerMapOf(
      store.database,
      { customer: one.customer, map },
      action,
      { operator: 'Olga', hash: checked?.hash ?? '' },
      arrival(),
    );
  expect(await answer('approve')).toMatchObject({ outcome: 'refused' });
  expect(await answer('reject')).toEqual({ outcome: 'recorded', text: 'Rejected.' });
  expect(await choose(ann, 11, 1)).toBe(APPROVED);
});

// Shows: Onboarding / two operators sign the approval of what comes after the pilot (postgresql)
test('what comes after a pilot is approved by two, where it needs them', async () => {
  await configured({ second: ['pilot'] });
  const answer = (given: SignedAnswer): ReturnType<typeof answerPilotOf> =>
    answerPilotOf(store.database, { customer: one.customer, forest: 'corp' }, '7', given, arrival());
  const signed = (who: Signer, onboarding = '7'): SignedAnswer => signedFor(who, 'approve', pilotSubject(onboarding));
  expect(await answer(signed(ann, '8'))).toMatchObject({ outcome: 'refused' });
  expect(await answer(signed(ann))).toEqual({ outcome: 'first', who: 'ann' });
  expect(await answer({ operator: 'ben' })).toMatchObject({ outcome: 'refused' });
  expect(await answer(signed(ben))).toEqual({ outcome: 'decided', who: 'ann and ben' });
});

// Shows: Offboarding / two operators sign that the waves begin, where deletions need two (postgresql)
test('the waves of an offboarding are approved by two where deletions need two', async () => {
  const id = await store.database.transaction((transaction) =>
    openOffboarding(transaction, one.customer, 'deprovision', null, randomUUID()),
  );
  const approve = async (given: SignedAnswer): Promise<string> =>
    (await answerOffboardingOf(store.database, { customer: one.customer }, id ?? '', given, arrival())).outcome;
  const asks = async (): Promise<boolean | undefined> =>
    (await standingOffboardings(store.database)).find(({ customer }) => customer === one.customer)?.asks;
  await configured({ second: ['deletions'] });
  const subject = offboardingSubject(id ?? '');
  expect(await approve(signedFor(ann, 'approve', offboardingSubject('0')))).toBe('refused');
  expect(await approve(signedFor(ann, 'approve', subject))).toBe('first');
  expect(await approve({ operator: 'ben' })).toBe('refused');
  expect(await asks()).toBe(true);
  expect(await approve(signedFor(ben, 'approve', subject))).toBe('decided');
  expect(await asks()).toBe(false);
});
