import { readFile } from 'node:fs/promises';
import { parseMap } from '../../rules/migration-map.ts';
import { mapSubject } from '../../rules/operator-statement.ts';
import { identitiesNamed } from '../../store/look-up-objects.ts';
import { checkMap, giveMap, mapDigest, mapLines, mapProgress, mapState } from '../../store/migration-maps.ts';
import { identitySides, sourceSide } from '../../store/reconnection-sides.ts';
import { migrationId } from '../../workflows/ids.ts';
import { approveUpdate, rejectUpdate } from '../../workflows/messages.ts';
import { theSource } from './cases.ts';
import { DONE, FAILED, Mistake, NEEDS_A_PERSON, type ExitCode } from './mistake.ts';
import { positive } from './options.ts';
import type { AddCommand } from './program.ts';
import { answerCase, startMigration } from './reconnection-client.ts';
import type { Session } from './session.ts';
import { showSides } from './side-by-side.ts';
import { answerBy, KEY_OPTION, OPERATOR_OPTION, signs, type Answering } from './signing.ts';

const SHOWN = 100;

const HELP = `
Gives a new source object the services of a managed object, whether or not evidence joins them. Both are shown side by side first; with
--yes it is decided, and the next cycle of the forest makes it. With --map a whole list: CSV with old and new source object
on each line, by objectGUID, SID or DN. The plan is shown, and waits for "itasca maps approve".`;

interface Options extends Answering {
  readonly customer?: string;
  readonly map?: string;
  readonly yes?: boolean;
  readonly limit: number;
}

/** `itasca reconnect <managed> <source>`, `itasca reconnect --map <file>` and `itasca maps show | approve | reject` */
export const addReconnect: AddCommand = (program, run) => {
  program
    .command('reconnect [managed] [source]')
    .description('give a new source object the services of a managed object')
    .option('--map <file>', 'a migration map: old and new source objects as CSV')
    .option('--yes', 'decide it; else the two are only shown')
    .option('--customer <name>', 'the customer, where there are several')
    .option(...OPERATOR_OPTION)
    .option(...KEY_OPTION)
    .option('--limit <number>', 'show at most so many lines of a map', positive, SHOWN)
    .addHelpText('after', HELP)
    .action((managed: string | undefined, source: string | undefined, options: Options) => {
      run((session) => {
        if (options.map !== undefined && managed === undefined) return giveFile(session, options.map, options);
        if (options.map !== undefined || managed === undefined || source === undefined)
          throw new Mistake('Name a managed object and a source object, or a migration map by --map.');
        return pair(session, managed, source, options);
      });
    });
  const maps = program.command('maps').description('migration maps that were given by `reconnect --map`');
  maps
    .command('show <number>')
    .description('the plan of a map, and how far it is')
    .option('--customer <name>', 'the customer, where there are several')
    .option('--limit <number>', 'at most so many lines', positive, SHOWN)
    .action((number: string, options: Options) => {
      run(async (session) => {
        const { customer } = await session.configuration(options.customer);
        return showMap(session, customer, number, options.limit);
      });
    });
  for (const decision of ['approve', 'reject'] as const)
    maps
      .command(`${decision} <number>`)
      .description(decision === 'approve' ? 'reconnect all that is right in it' : 'reconnect nothing of it')
      .requiredOption('--hash <hash>', 'the list that you have looked at')
      .option('--customer <name>', 'the customer, where there are several')
      .option(...OPERATOR_OPTION)
      .option(...KEY_OPTION)
      .action((number: string, options: Options & { readonly hash: string }) => {
        run((session) => answerMap(session, decision, number, options));
      });
};

async function pair(
  session: Session,
  managed: string,
  source: string,
  { customer: named, yes = false, ...who }: Options,
): Promise<ExitCode> {
  const { out, database } = session;
  const { customer } = await session.configuration(named);
  const object = await theSource(session, customer, source);
  const found = await identitiesNamed(database, customer, managed);
  const [identity, another] = found;
  if (identity === undefined) throw new Mistake(`${customer} has no managed object "${managed}".`);
  if (another !== undefined) throw new Mistake(`Several managed objects are "${managed}": give the objectGUID.`);
  const side = await sourceSide(database, object.forestId, object.guid);
  const candidates = (await identitySides(database, customer, [identity.identityId])).map((one) => ({
    ...one,
    rules: ['operator'],
  }));
  if (side !== null) showSides(out, side, candidates);
  if (!yes) {
    out.value({ object: side, candidates, decided: false });
    out.say('Nothing is decided yet. When they are the same, add --yes.');
    return NEEDS_A_PERSON;
  }
  const answered = await answerCase(
    session,
    customer,
    object,
    { decision: 'choose', managed: identity.managedGuid },
    who,
  );
  out.value({ object: side, candidates, decided: true, ...answered });
  out.say(answered.said);
  return answered.waits ? NEEDS_A_PERSON : DONE;
}

async function giveFile(session: Session, file: string, { customer: named, limit }: Options): Promise<ExitCode> {
  const { out, database } = session;
  const { customer } = await session.configuration(named);
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Mistake(`The migration map ${file} can not be read.`);
  });
  const parsed = parseMap(text);
  if (!parsed.ok) {
    out.value({ faults: parsed.faults });
    for (const fault of parsed.faults) out.say(fault);
    return FAILED;
  }
  const map = await giveMap(database, customer, parsed.lines);
  const workflow = await startMigration(session, customer, map);
  out.say(`Map ${map} of ${customer}, ${workflow}`);
  return showMap(session, customer, map, limit);
}

async function showMap(session: Session, customer: string, map: string, limit: number): Promise<ExitCode> {
  const { out, database } = session;
  const checked = /^\d{1,18}$/.test(map)
    ? await database.transaction((transaction) => checkMap(transaction, map, customer))
    : null;
  if (checked === null) throw new Mistake(`${customer} has no map ${map}.`);
  const [lines, progress] = await Promise.all([mapLines(database, map, limit), mapProgress(database, map)]);
  out.value({ map, ...checked, progress, plan: lines });
  out.table(
    ['line', 'old', 'old is', 'new', 'managed object', 'verdict'],
    lines.map(({ line, old, oldDn, oldIs, new: next, newDn, managedDn, fault, state }) => [
      String(line),
      oldDn ?? old,
      oldIs ?? '',
      newDn ?? next,
      managedDn ?? '',
      fault ?? (state === 'linked' || state === 'reconnected' ? state : 'right'),
    ]),
  );
  const right = checked.lines - checked.faults;
  out.say(`${String(right)} of ${String(checked.lines)} lines are right; the wrong ones are left out.`);
  if (checked.state !== 'open') {
    const { approved, linked, reconnected } = progress;
    out.say(
      `It is ${checked.state}: ${String(approved)} wait for a cycle, ${String(linked)} are linked, ${String(reconnected)} reconnected.`,
    );
    return DONE;
  }
  out.say(`itasca maps approve ${map} --hash ${checked.hash}   or   itasca maps reject ${map} --hash ${checked.hash}`);
  return NEEDS_A_PERSON;
}

async function answerMap(
  session: Session,
  decision: 'approve' | 'reject',
  map: string,
  { customer: named, hash, ...who }: Options & { readonly hash: string },
): Promise<ExitCode> {
  const { out, database } = session;
  const { customer } = await session.configuration(named);
  const state = /^\d{1,18}$/.test(map) ? await mapState(database, map, customer) : null;
  if (state === null) throw new Mistake(`${customer} has no map ${map}.`);
  if (state !== 'open') throw new Mistake(`The map ${map} is ${state} already: itasca maps show ${map}`);
  const workflowId = migrationId(customer, map);
  let subject = '';
  if (signs(session, who)) {
    const digest = await mapDigest(database, map);
    if (!/^[0-9a-f]{12,64}$/.test(hash) || !digest.startsWith(hash))
      throw new Mistake(`The map ${map} is not ${hash} any more. Look at it again: itasca maps show ${map}`);
    subject = mapSubject(map, digest);
  }
  const answer = await answerBy(session, who, { customer, action: decision, workflowId, subject });
  const client = await session.temporal();
  const update = decision === 'approve' ? approveUpdate : rejectUpdate;
  const said = await client.workflow.getHandle(workflowId).executeUpdate(update, { args: [{ ...answer, hash }] });
  const waits = (await mapState(database, map, customer)) === 'open';
  const { operator, signature } = answer;
  out.value({ customer, map, decision, operator, signed: signature !== undefined, hash, said, waits });
  out.say(said);
  return waits ? NEEDS_A_PERSON : DONE;
}
