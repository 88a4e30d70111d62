import { heldChanges, type HeldChange } from '../../store/holds.ts';
import { listAnswers } from '../../activities/list-answers.ts';
import { listSubject, type Statement } from '../../rules/operator-statement.ts';
import { openContent } from '../../store/holds.ts';
import { openLists, type OpenList } from '../../store/open-lists.ts';
import { approveUpdate, rejectUpdate } from '../../workflows/messages.ts';
import { DONE, Mistake, NEEDS_A_PERSON, type ExitCode } from './mistake.ts';
import { shortened } from './output.ts';
import { positive } from './options.ts';
import type { AddCommand } from './program.ts';
import type { Session } from './session.ts';
import { answerBy, KEY_OPTION, OPERATOR_OPTION, signs, type Answering } from './signing.ts';

const SHOWN = 50;

const CHANGES_HELP = `
Shows the list of changes of a cycle that waits for an answer: which limits were passed, and what would be written to which object.
Without a number, the only list that waits. Ends with 2 when there is such a list.`;

const ANSWER_HELP = `
The answer is to exactly the list that you have looked at: --hash is what "itasca changes" and "itasca status" show. When the list has
changed meanwhile the answer is refused, and the new hash is told. Approved changes are evaluated again just before they are written.
Your name is kept with them: --operator, ITASCA_OPERATOR, or operator in the settings. Where the configuration lists operators the answer is signed
with your key: --key, ITASCA_OPERATOR_KEY_FILE, or operatorKeyFile in the settings. docs/approvals.md tells what that protects.

Ends with 2 when another operator has to approve the list, too.`;

interface AnswerOptions extends Answering {
  readonly hash: string;
}

/** `itasca changes`, `itasca approve` and `itasca reject` */
export const addAnswers: AddCommand = (program, run) => {
  program
    .command('changes [cycle]')
    .description('the changes that wait for an answer')
    .option('--limit <number>', 'show at most so many', positive, SHOWN)
    .addHelpText('after', CHANGES_HELP)
    .action((cycle: string | undefined, { limit }: { limit: number }) => {
      run((session) => changes(session, cycle, limit));
    });
  for (const answer of ['approve', 'reject'] as const)
    program
      .command(`${answer} <cycle>`)
      .description(answer === 'approve' ? 'have a list of changes written' : 'have a list of changes not written')
      .requiredOption('--hash <hash>', 'the list that you have looked at')
      .option(...OPERATOR_OPTION)
      .option(...KEY_OPTION)
      .addHelpText('after', ANSWER_HELP)
      .action((cycle: string, options: AnswerOptions) => {
        run((session) => give(session, answer, cycle, options));
      });
};

async function changes(session: Session, cycle: string | undefined, limit: number): Promise<ExitCode> {
  const { out, database } = session;
  const lists = await openLists(database);
  if (cycle === undefined && lists.length === 0) {
    out.value({ list: null, changes: [] });
    out.say('Nothing waits for an answer.');
    return DONE;
  }
  const list = listOf(lists, cycle);
  const [shown, answers] = await Promise.all([
    heldChanges(database, list.run, '0', limit),
    listAnswers(database, list.run),
  ]);
  out.value({ list, answers, changes: shown });
  out.say(out.strong(`Cycle ${list.run} of ${list.customer}/${list.forest}: ${String(list.changes)} changes wait`));
  for (const reason of list.reasons) out.say(`  ${reason}`);
  out.table(['object', 'what', 'before', 'after', 'rule'], shown.map(row));
  if (shown.length < list.changes) out.say(`${String(list.changes - shown.length)} more: --limit shows them.`);
  for (const answer of answers) out.say(answer.holds ? answer.text : out.warning(answer.text));
  out.say(`itasca approve ${list.run} --hash ${list.hash}   or   itasca reject ${list.run} --hash ${list.hash}`);
  return NEEDS_A_PERSON;
}

function listOf(lists: readonly OpenList[], cycle: string | undefined): OpenList {
  const [only, second] = lists;
  if (cycle === undefined) {
    if (only === undefined) throw new Mistake('Nothing waits for an answer.');
    if (second === undefined) return only;
    throw new Mistake(`Several lists wait: say which cycle's (${lists.map((list) => list.run).join(', ')}).`);
  }
  const found = lists.find((list) => list.run === cycle || list.workflowId === cycle);
  if (found !== undefined) return found;
  const known = lists.map((list) => list.run).join(', ');
  throw new Mistake(
    `No changes of cycle ${cycle} wait for an answer${known === '' ? '' : `; of these they do: ${known}`}.`,
  );
}

function row({ sourceDn, managedDn, operation, attribute, before, after, rule }: HeldChange): readonly string[] {
  const what = attribute === null ? operation : `${operation} ${attribute}`;
  return [managedDn ?? sourceDn, what, shortened(before), shortened(after), rule];
}

async function give(
  session: Session,
  action: 'approve' | 'reject',
  cycle: string,
  { hash, ...who }: AnswerOptions,
): Promise<ExitCode> {
  const { out, database } = session;
  const list = listOf(await openLists(database), cycle);
  const answer = await answerBy(session, who, await statedList(session, who, list, hash, action));
  const client = await session.temporal();
  const update = action === 'approve' ? approveUpdate : rejectUpdate;
  const handle = client.workflow.getHandle(list.workflowId);
  const said = await handle.executeUpdate(update, { args: [{ ...answer, hash }] });
  const waits = (await openLists(database)).some((one) => one.run === list.run && one.hash === hash);
  const { operator, signature } = answer;
  out.value({ cycle: list.run, answer: action, operator, signed: signature !== undefined, hash, said, waits });
  out.say(said);
  return waits ? NEEDS_A_PERSON : DONE;
}

/** What is signed: only ever what the operator has looked at. */
async function statedList(
  session: Session,
  who: Answering,
  { customer, run, workflowId }: OpenList,
  hash: string,
  action: 'approve' | 'reject',
): Promise<Omit<Statement, 'operator' | 'at'>> {
  if (!signs(session, who)) return { customer, action, workflowId, subject: '' };
  const content = await openContent(session.database, run);
  if (!/^[0-9a-f]{16,64}$/.test(hash) || content?.digest.startsWith(hash) !== true)
    throw new Mistake(`The list that waits is not ${hash}: it has changed. Look at it again: itasca changes ${run}`);
  return { customer, action, workflowId, subject: listSubject(run, content.digest) };
}
