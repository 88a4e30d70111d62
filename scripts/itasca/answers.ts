import { heldChanges, type HeldChange } from '../../store/holds.ts';
import { openLists, type OpenList } from '../../store/open-lists.ts';
import { approveUpdate, rejectUpdate } from '../../workflows/messages.ts';
import { DONE, Mistake, NEEDS_A_PERSON, type ExitCode } from './mistake.ts';
import { shortened } from './output.ts';
import { positive, type AddCommand } from './program.ts';
import { operatorOf, type Session } from './session.ts';

const SHOWN = 50;

const CHANGES_HELP = `
Shows the list of changes of a cycle that waits for an answer: which limits were passed, and what would be written to which object.
Without a number, the only list that waits. Ends with 2 when there is such a list.`;

const ANSWER_HELP = `
The answer is to exactly the list that you have looked at: --hash is what "itasca changes" and "itasca status" show. When the list has
changed meanwhile the answer is refused, and the new hash is told. Approved changes are evaluated again just before they are written.
Your name is kept with them: --operator, ITASCA_OPERATOR, or operator in the settings.`;

interface AnswerOptions {
  readonly hash: string;
  readonly operator?: string;
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
      .option('--operator <name>', 'your name')
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
  const shown = await heldChanges(database, list.run, '0', limit);
  out.value({ list, changes: shown });
  out.say(out.strong(`Cycle ${list.run} of ${list.customer}/${list.forest}: ${String(list.changes)} changes wait`));
  for (const reason of list.reasons) out.say(`  ${reason}`);
  out.table(['object', 'what', 'before', 'after', 'rule'], shown.map(row));
  if (shown.length < list.changes) out.say(`${String(list.changes - shown.length)} more: --limit shows them.`);
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
  answer: 'approve' | 'reject',
  cycle: string,
  { hash, operator: named }: AnswerOptions,
): Promise<ExitCode> {
  const { out, database } = session;
  const operator = operatorOf(session, named);
  const list = listOf(await openLists(database), cycle);
  const client = await session.temporal();
  const update = answer === 'approve' ? approveUpdate : rejectUpdate;
  const said = await client.workflow.getHandle(list.workflowId).executeUpdate(update, { args: [{ operator, hash }] });
  out.value({ cycle: list.run, answer, operator, hash, said });
  out.say(said);
  return DONE;
}
