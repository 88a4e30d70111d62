import type { Configuration } from '../rules/configuration.ts';
import { excess, needsShare, reasonText, unlimited } from '../rules/guard.ts';
import { listSubject } from '../rules/operator-statement.ts';
import type { OperatorsSettings } from '../rules/operators-settings.ts';
import { currentConfiguration } from '../store/configurations.ts';
import { planNeedsApproval, recordFirstPlan } from '../store/forests.ts';
import { markGuarded } from '../store/guarded.ts';
import { holdAll, holdExcess, shareOf, tallies } from '../store/guard.ts';
import {
  abandonHold,
  approveHold,
  expireHold,
  holdOf,
  openContent,
  openHold,
  unansweredHolds,
  rejectHold,
  resealHolds,
  sealHold,
  type Hold,
} from '../store/holds.ts';
import { pinChanges } from '../store/pins.ts';
import { announcedOn } from '../store/offboarding-gate.ts';
import { hasUnwritten, type PlanStage } from '../store/plan.ts';
import { recordCounts, type Run } from '../store/runs.ts';
import { doubtsOf, endDoubts } from '../store/source-domains.ts';
import type { Transaction } from '../store/database.ts';
import type { Undecided } from './answer-types.ts';
import { ConfigurationMissing, type Dependencies } from './dependencies.ts';
import { takeAnswer, type Arrival, type Question } from './operator-answers.ts';
import type { HeldList, HoldAnswer } from './types.ts';

/** What an operator reads where the whole plan waits. */
const WHOLE_PLAN = {
  first: 'the first plan of this forest: nothing of it has been written',
  undo: 'everything that the undone cycle wrote and that still shows it is put back',
} as const;

/**
 * Looks at what a stage of a run would write, before it is written: what passes a limit is set aside and waits for an
 * operator, and so does the whole plan of a forest's first cycle and of an undo. Done again it finds what it did.
 *
 * @returns the list of the run that waits, or null
 */
export async function guardStage(
  { database }: Dependencies,
  run: Run,
  configuration: Configuration,
  stage: PlanStage,
): Promise<HeldList | null> {
  const held = await database.transaction(async (transaction) => {
    await markGuarded(transaction, run.id, stage);
    const whole = await wholePlan(transaction, run, configuration, stage);
    if (whole === null) return holdPassed(transaction, run, configuration, stage);
    const hold = await openHold(transaction, run.id);
    await holdAll(transaction, run, stage, hold);
    return sealHold(transaction, hold, [whole]);
  });
  const list = held ?? (await holdOf(database, run.id));
  if (list === null || list.changes === 0) return null;
  await recordCounts(database, run.id, { held: list.changes });
  return heldList(list);
}

function heldList({ hash, changes, reasons }: Pick<Hold, 'hash' | 'changes' | 'reasons'>): HeldList {
  const whole = reasons.some((reason) => Object.values<string>(WHOLE_PLAN).includes(reason));
  return { hash, changes, reasons, whole };
}

/** Why everything that the stage would write waits; null where only limits count. */
async function wholePlan(
  transaction: Transaction,
  run: Run,
  configuration: Configuration,
  stage: PlanStage,
): Promise<string | null> {
  if (!(await hasUnwritten(transaction, run.id, stage))) return null;
  if (run.profile === 'undo') return WHOLE_PLAN.undo;
  // Where all objects are as wanted, after the database was lost, the references are what is written first.
  if (!(await planNeedsApproval(transaction, run.forestId))) return null;
  if (configuration.guard.firstPlan === 'approve') return WHOLE_PLAN.first;
  await recordFirstPlan(transaction, run.forestId);
  return null;
}

async function holdPassed(
  transaction: Transaction,
  run: Run,
  configuration: Configuration,
  stage: PlanStage,
): ReturnType<typeof holdOf> {
  const passed = [];
  const doubts = await doubtsOf(transaction, run.forestId);
  for (const tally of await tallies(transaction, run, stage, configuration.managed.anchorAttribute))
    if (doubts.length > 0 && tally.what !== 'changed')
      passed.push(unlimited(tally, await shareOf(transaction, run, tally)));
    else if (needsShare(tally, configuration.guard)) {
      const item = excess(tally, await shareOf(transaction, run, tally), configuration.guard);
      if (item !== null) passed.push(item);
    }
  if (passed.length === 0) {
    if (stage === 'references') await endDoubts(transaction, run.forestId, false);
    return null;
  }
  const hold = await openHold(transaction, run.id);
  await holdExcess(transaction, run, stage, hold, passed);
  const announced = await announcedOn(transaction, hold);
  return sealHold(transaction, hold, [
    ...doubts,
    ...passed.map(reasonText),
    ...(announced === 0 ? [] : [`${String(announced)} of these leave by the offboarding of their customer`]),
  ]);
}

/**
 * Takes an operator's answer to the list of a run.
 *
 * @returns null when the answer decides; the list as it is now where the answer was to another one, or is the first of two
 */
export async function answerHold(
  { database }: Dependencies,
  run: Run,
  answer: 'approve' | 'reject',
  given: HoldAnswer,
  arrival: Arrival,
): Promise<Undecided | null> {
  const taken = await database.transaction(async (transaction) => {
    const current = await currentConfiguration(transaction, run.customer);
    if (current === null) throw new ConfigurationMissing(`The customer ${run.customer} has no configuration in force.`);
    // As in force now, not as the cycle has them: whose key was withdrawn must not approve any more.
    const { operators } = current.configuration;
    return takeAnswer(
      transaction,
      operators,
      given,
      arrival,
      () => questionOf(transaction, run, answer, operators, given.hash),
      async ({ names, enough }) => {
        if (enough === false) return 'first';
        return (await decide(transaction, run, answer, given.hash, names.join(' and '))) ? 'done' : 'late';
      },
    );
  });
  if (taken.outcome === 'decided') {
    await endDoubts(database, run.forestId, true);
    return null;
  }
  if (taken.outcome === 'refused') return { refused: `Refused: ${taken.reason}.` };
  const list = await holdOf(database, run.id);
  if (list === null) return 'nothing waits';
  return taken.outcome === 'late'
    ? heldList(list)
    : { first: { ...heldList(list), approvedOnce: true }, said: `Recorded: approved by ${taken.who}. ${SECOND}` };
}

const SECOND = 'Another operator has to approve it, too, with a signature.';

/** What is asked by the list with this hash; null where there is none, or another run has just planned some of it anew. */
async function questionOf(
  transaction: Transaction,
  run: Run,
  action: 'approve' | 'reject',
  { second }: OperatorsSettings,
  hash: string,
): Promise<Question | null> {
  const list = await openContent(transaction, run.id);
  if (list?.digest.startsWith(hash) !== true) return null;
  const { id, workflowId, digest, deletes } = list;
  const needed = second.includes('changes') || (deletes && second.includes('deletions')) ? 2 : 1;
  const subject = listSubject(run.id, digest);
  return { customer: run.customer, workflowId, about: { hold: id }, action, subject, needed, since: null };
}

/** @returns false when the list is another one now, or somebody else has answered it */
async function decide(
  transaction: Transaction,
  run: Run,
  answer: 'approve' | 'reject',
  hash: string,
  operator: string,
): Promise<boolean> {
  const first = await planNeedsApproval(transaction, run.forestId);
  if (answer === 'approve') {
    const approved = await approveHold(transaction, run.id, hash, operator);
    if (approved && first && run.profile !== 'undo') await recordFirstPlan(transaction, run.forestId);
    return approved;
  }
  // Of a first plan nothing is known yet that could be pinned, and an undo that is not wanted leaves things as they are.
  const pinned = run.profile !== 'undo' && !first;
  if (pinned)
    await pinChanges(
      transaction,
      { reason: 'rejected', operator },
      false,
      "p.state = 'held' AND p.hold_id = (SELECT id FROM hold WHERE run_id = $3 AND state = 'open' AND hash = $4)",
      [run.id, hash],
    );
  return rejectHold(transaction, run.id, hash, operator, pinned);
}

/** Ends the list of a run that nobody answered. */
export async function endHold({ database }: Dependencies, run: Run): Promise<void> {
  await database.transaction((transaction) => expireHold(transaction, run.id));
}

/** Tells the workflows whose lists were changed by this run's planning. */
export async function tellHolders({ database, workflows }: Dependencies, run: Run): Promise<void> {
  for (const { holder, ...list } of await database.transaction((transaction) => resealHolds(transaction, run)))
    await workflows.holdChanged(holder, heldList(list));
}

/** Ends lists of a forest whose workflow was terminated: nobody could answer them any more, so they are planned and asked for anew. */
export async function endAbandonedHolds({ database, workflows }: Dependencies, run: Run): Promise<void> {
  for (const { id, holder } of await unansweredHolds(database, run))
    if (!(await workflows.isRunning(holder))) await database.transaction((transaction) => abandonHold(transaction, id));
}
