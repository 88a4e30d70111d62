import { answerText } from '../../activities/list-answers.ts';
import { sourcesNamed, type FoundObject } from '../../store/look-up-objects.ts';
import { answersAbout } from '../../store/operator-answers.ts';
import { reconnectionOf, reconnectionsOf } from '../../store/reconnection-cases.ts';
import { identitySides, sourceSide } from '../../store/reconnection-sides.ts';
import { DONE, Mistake, NEEDS_A_PERSON, type ExitCode } from './mistake.ts';
import { span } from './output.ts';
import { positive } from './options.ts';
import type { AddCommand } from './program.ts';
import { answerCase } from './reconnection-client.ts';
import type { Session } from './session.ts';
import { showSides } from './side-by-side.ts';
import { KEY_OPTION, OPERATOR_OPTION, type Answering } from './signing.ts';

const SHOWN = 100;

const HELP = `
A case is a new source object that may be somebody whose services are there already: deleted and created again, or moved to another
forest. Nothing is created for it until it is decided. The object is named by objectGUID, SID, DN or mail address.
An answer ends with 2 when another operator has to approve, too.`;

const ANSWERS = {
  approve: 'the only candidate is it: it gets the services of that',
  reject: 'it is none of the candidates: it is somebody new, and this is not asked again',
  undo: 'it was not: the services go back to where they came from',
} as const;

interface Options extends Answering {
  readonly customer?: string;
}

/** `itasca cases list | show | approve | choose | reject | undo` */
export const addCases: AddCommand = (program, run) => {
  const cases = program
    .command('cases')
    .description('new source objects that may be somebody who has services, and wait for you')
    .addHelpText('after', HELP);
  cases
    .command('list', { isDefault: true })
    .description('what waits, the oldest first')
    .option('--customer <name>', 'the customer, where there are several')
    .option('--limit <number>', 'at most so many', positive, SHOWN)
    .action(({ customer, limit }: Options & { readonly limit: number }) => {
      run((session) => list(session, customer, limit));
    });
  cases
    .command('show <object>')
    .description('the new object and its candidates side by side')
    .option('--customer <name>', 'the customer, where there are several')
    .action((object: string, { customer }: Options) => {
      run((session) => show(session, object, customer));
    });
  for (const decision of ['approve', 'reject', 'undo'] as const)
    cases
      .command(`${decision} <object>`)
      .description(ANSWERS[decision])
      .option('--customer <name>', 'the customer, where there are several')
      .option(...OPERATOR_OPTION)
      .option(...KEY_OPTION)
      .action((object: string, options: Options) => {
        run((session) => answer(session, decision, object, options));
      });
  cases
    .command('choose <object> <managed>')
    .description('this managed object is it, named by objectGUID, DN or mail address')
    .option('--customer <name>', 'the customer, where there are several')
    .option(...OPERATOR_OPTION)
    .option(...KEY_OPTION)
    .action((object: string, managed: string, options: Options) => {
      run((session) => answer(session, 'choose', object, options, managed));
    });
};

async function list(session: Session, named: string | undefined, limit: number): Promise<ExitCode> {
  const { out, database } = session;
  const { customer } = await session.configuration(named);
  const open = await reconnectionsOf(database, customer, ['open'], limit);
  out.value({ customer, cases: open });
  out.table(
    ['object', 'forest', 'code', 'since', 'new source object', 'may be (by)'],
    open.map(({ guid, forest, code, openedAt, dn, approvals, candidates }) => [
      guid,
      forest,
      `${code ?? ''}${approvals.length > 0 ? ', approved once' : ''}`,
      span(Date.now() - openedAt.getTime()),
      dn ?? '',
      candidates.map(({ source, rules }) => `${source.dn ?? source.guid} (${rules.join(', ')})`).join('\n'),
    ]),
  );
  const [first] = open;
  if (first === undefined) {
    out.say(`No case of ${customer} waits.`);
    return DONE;
  }
  out.say(`Side by side: itasca cases show ${first.guid}`);
  return NEEDS_A_PERSON;
}

async function show(session: Session, name: string, customer: string | undefined): Promise<ExitCode> {
  const { out, database } = session;
  const configuration = await session.configuration(customer);
  const object = await theSource(session, configuration.customer, name);
  const found = await reconnectionOf(database, object.forestId, object.guid);
  const side = await sourceSide(database, object.forestId, object.guid);
  if (found === null || side === null)
    throw new Mistake('Nothing is asked about this object, and nothing was decided.');
  const rules = new Map(found.candidates.map((candidate) => [candidate.identityId, candidate.rules]));
  const sides = await identitySides(database, configuration.customer, [...rules.keys()]);
  const candidates = sides.map((one) => ({ ...one, rules: rules.get(one.identityId) ?? [] }));
  const all = await answersAbout(database, object.forestId, object.guid, null);
  const answers = all
    .filter(({ at }) => at >= found.openedAt)
    .map((one) => `The answer ${one.action} by ${answerText(one)}.`);
  out.value({ case: found, object: side, candidates, answers });
  showSides(out, side, candidates);
  for (const text of answers) out.say(text);
  // Where operators are listed, each of these is an answer above.
  if (answers.length === 0)
    for (const { operator, at } of found.approvals) out.say(`Approved by ${operator} on ${at}.`);
  if (found.state !== 'open') {
    out.say(
      `It is ${found.state}, decided by ${found.decidedBy ?? ''}. To turn it round: itasca cases undo ${object.guid}`,
    );
    return DONE;
  }
  const way = candidates.length === 1 ? `approve ${object.guid}` : `choose ${object.guid} <its objectGUID>`;
  out.say(`${found.code ?? ''}. itasca cases ${way}   or   itasca cases reject ${object.guid}`);
  return NEEDS_A_PERSON;
}

async function answer(
  session: Session,
  decision: keyof typeof ANSWERS | 'choose',
  name: string,
  { customer: named, ...who }: Options,
  managed?: string,
): Promise<ExitCode> {
  const { customer } = await session.configuration(named);
  const object = await theSource(session, customer, name);
  const chosen = { decision, ...(managed === undefined ? {} : { managed }) };
  const answered = await answerCase(session, customer, object, chosen, who);
  session.out.value({ customer, forest: object.forest, object: object.guid, decision, ...answered });
  session.out.say(answered.said);
  return answered.waits ? NEEDS_A_PERSON : DONE;
}

/** The source object that an operator means; of several, the one that is there. */
export async function theSource({ database }: Session, customer: string, name: string): Promise<FoundObject> {
  const found = await sourcesNamed(database, customer, name);
  const there = found.filter(({ gone }) => !gone);
  const [object, another] = there.length > 0 ? there : found;
  if (object === undefined) throw new Mistake(`${customer} has no source object "${name}".`);
  if (another !== undefined)
    throw new Mistake(
      `Several source objects are "${name}": give the objectGUID, ${found.map((one) => `${one.guid} of ${one.forest}`).join(' or ')}.`,
    );
  return object;
}
