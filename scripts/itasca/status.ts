import { isOverdue } from '../../rules/overdue.ts';
import { listAnswers, type ListAnswer } from '../../activities/list-answers.ts';
import { standingOffboardings, type StandingOffboarding } from '../../store/offboarding.ts';
import { openLists, type OpenList } from '../../store/open-lists.ts';
import { forestStandings, type ForestStanding } from '../../store/forest-standing.ts';
import { DONE, NEEDS_A_PERSON, type ExitCode } from './mistake.ts';
import { span, type Output } from './output.ts';
import type { AddCommand } from './program.ts';
import type { Session } from './session.ts';

const HELP = `
For each customer's forest: the last cycle and whether one is overdue, how old what was read is, what is still to be done, how many
objects are in error, and which lists of changes wait for an answer.

Ends with 2 when something needs a person: a list, a join, a case or an offboarding waits for an answer, a cycle is overdue by three intervals, or there is a warning
about reading. Objects in error are the customer's to mend and do not count.

  itasca status
  itasca status --json | jq '.forests[] | select(.overdue)'`;

/** `itasca status` */
export const addStatus: AddCommand = (program, run) => {
  program
    .command('status')
    .description('how everything stands; for monitoring, by its exit code')
    .option('--customer <name>', 'only this customer')
    .addHelpText('after', HELP)
    .action(({ customer }: { customer?: string }) => {
      run((session) => status(session, customer));
    });
};

async function status({ database, out, settings }: Session, customer?: string): Promise<ExitCode> {
  const [standings, lists, all] = await Promise.all([
    forestStandings(database),
    openLists(database),
    standingOffboardings(database),
  ]);
  const offboarded = all.filter((one) => customer === undefined || one.customer === customer);
  const mine = standings.filter((standing) => customer === undefined || standing.customer === customer);
  const waiting = await Promise.all(
    lists
      .filter((list) => customer === undefined || list.customer === customer)
      .map(async (list) => ({ ...list, answers: await listAnswers(database, list.run) })),
  );
  const now = Date.now();
  const forests = mine.map((standing) => ({ ...standing, overdue: isOverdue(standing, now) }));
  out.value({ forests, lists: waiting, offboarded: offboarded.map(offboardedOf) });
  out.table(
    ['customer', 'forest', 'last cycle', 'read', 'to do', 'in error', 'waits'],
    forests.map((standing) => row(standing, standing.overdue, now)),
  );
  showErrors(out, forests);
  showLists(out, waiting, settings.temporalUi);
  for (const one of offboarded) out.say(offboardedLine(one));
  if (forests.length + offboarded.length === 0) out.say('No customer has a configuration in force yet.');
  const needed =
    waiting.length > 0 ||
    offboarded.some(({ asks }) => asks) ||
    forests.some(
      ({ overdue, waitingJoins, waitingCases, warnings }) =>
        overdue || waitingJoins > 0 || waitingCases > 0 || Object.keys(warnings).length > 0,
    );
  return needed ? NEEDS_A_PERSON : DONE;
}

function offboardedOf({ customer, way, ended, asks }: StandingOffboarding): object {
  return { customer, way, ended, waitsForApproval: asks };
}

function offboardedLine({ customer, ended, asks, endedAt, startedAt }: StandingOffboarding): string {
  const since = (endedAt ?? startedAt).toISOString().slice(0, 10);
  const what = ended
    ? `is offboarded since ${since}`
    : `leaves by waves${asks ? ', which wait for your approval' : ''}`;
  return `${customer} ${what}: itasca offboard status ${customer}`;
}

function row(standing: ForestStanding, overdue: boolean, now: number): readonly string[] {
  const { customer, forest, lastCompletedAt, lastCompleted, runningSince, newestWaits, readAt, errors } = standing;
  const { unevaluated, servicesOpen, servicesBlocked, waitingLists, waitingChanges, waitingJoins, waitingCases } =
    standing;
  const ago = (time: Date): string => `${span(now - time.getTime())} ago`;
  const running = runningSince === null || newestWaits ? '' : `, one runs for ${span(now - runningSince.getTime())}`;
  const parts = (counts: readonly (readonly [number, string])[]): string =>
    counts
      .filter(([count]) => count > 0)
      .map(([count, what]) => `${String(count)} ${what}`)
      .join(', ') || '-';
  return [
    customer,
    forest,
    `${lastCompletedAt === null ? 'none yet' : `${ago(lastCompletedAt)} (cycle ${lastCompleted ?? ''})`}${running}${overdue ? ' OVERDUE' : ''}`,
    readAt === null ? 'never' : ago(readAt),
    parts([
      [unevaluated, 'objects'],
      [servicesOpen, 'services'],
      [servicesBlocked, 'services blocked'],
    ]),
    String(Object.values(errors).reduce((sum, count) => sum + count, 0)),
    parts([
      [waitingLists, `list${waitingLists === 1 ? '' : 's'} of ${String(waitingChanges)} changes`],
      [waitingJoins, 'joins'],
      [waitingCases, `case${waitingCases === 1 ? '' : 's'}`],
    ]),
  ];
}

function showErrors(out: Output, forests: readonly ForestStanding[]): void {
  for (const { customer, forest, errors, warnings } of forests) {
    const list = (counts: Readonly<Record<string, number>>): string =>
      Object.entries(counts)
        .map(([code, count]) => `${code} ${String(count)}`)
        .join(', ');
    if (Object.keys(errors).length > 0) out.say(`${customer}/${forest} in error: ${list(errors)}`);
    if (Object.keys(warnings).length > 0)
      out.say(out.warning(`${customer}/${forest} warnings: ${list(warnings)} (docs/reading.md)`));
  }
}

function showLists(
  out: Output,
  lists: readonly (OpenList & { readonly answers: readonly ListAnswer[] })[],
  ui: string | undefined,
): void {
  for (const { customer, forest, run, workflowId, changes, hash, reasons, answers } of lists) {
    out.say(out.warning(`Waits for an answer: ${String(changes)} changes of cycle ${run} of ${customer}/${forest}`));
    for (const reason of reasons) out.say(`  ${reason}`);
    for (const { text } of answers) out.say(`  ${text}`);
    out.say(`  look at them: itasca changes ${run}`);
    out.say(`  answer: itasca approve ${run} --hash ${hash}   or   itasca reject ${run} --hash ${hash}`);
    if (ui !== undefined) out.say(`  ${ui}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`);
  }
}
