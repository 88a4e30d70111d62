import { Command, CommanderError } from 'commander';
import { explained } from './explained.ts';
import { DONE, FAILED, type ExitCode } from './mistake.ts';
import { outputTo } from './output.ts';
import { Session } from './session.ts';
import { readCommandSettings } from './settings.ts';

/** Does a command's work. */
export type Work = (session: Session) => Promise<ExitCode>;

/** Takes a command's work down, to be done when the whole line has been understood. */
export type Run = (work: Work) => void;

/**
 * A command adds itself to the program: name, options, help, and what it does. A new one is a file beside this one, named after what it
 * is about, with such a function, which is listed here with the first words that it takes; what it asks the database is in `store/`.
 */
export type AddCommand = (program: Command, run: Run) => void;

/**
 * The commands in the order of the help, by their first words. One that is named is loaded alone: the others, and what these need,
 * would take longer to load than most answers take.
 */
const COMMANDS: readonly { readonly words: readonly string[]; readonly load: () => Promise<AddCommand> }[] = [
  { words: ['status'], load: async () => (await import('./status.ts')).addStatus },
  { words: ['errors'], load: async () => (await import('./errors.ts')).addErrors },
  { words: ['alerts'], load: async () => (await import('./alerts.ts')).addAlerts },
  { words: ['sync'], load: async () => (await import('./sync.ts')).addSync },
  { words: ['plan'], load: async () => (await import('./plan.ts')).addPlan },
  { words: ['changes', 'approve', 'reject'], load: async () => (await import('./answers.ts')).addAnswers },
  { words: ['undo'], load: async () => (await import('./undo.ts')).addUndo },
  { words: ['object'], load: async () => (await import('./object.ts')).addObject },
  { words: ['config'], load: async () => (await import('./config.ts')).addConfig },
  { words: ['check'], load: async () => (await import('./check.ts')).addCheck },
  { words: ['cases'], load: async () => (await import('./cases.ts')).addCases },
  { words: ['reconnect', 'maps'], load: async () => (await import('./reconnect.ts')).addReconnect },
  { words: ['report'], load: async () => (await import('./report.ts')).addReport },
  { words: ['onboard'], load: async () => (await import('./onboard.ts')).addOnboard },
  { words: ['offboard'], load: async () => (await import('./offboard.ts')).addOffboard },
  { words: ['operators'], load: async () => (await import('./operators.ts')).addOperators },
  { words: ['purge'], load: async () => (await import('./purge.ts')).addPurge },
  { words: ['views'], load: async () => (await import('./views.ts')).addViews },
];

const ABOUT = `Shows and steers Itasca: what it synchronizes, what waits for you, and what it did.

It reads Itasca's database and talks to Temporal. Where these are is said by variables (DATABASE_URL,
ITASCA_SCHEMA, TEMPORAL_ADDRESS and so on) or by a settings file; while npm start runs in this folder, its own are used.`;

const MORE = `
Exit codes: 0 done, 1 failed, 2 needs a person (something waits for an answer, or is overdue).

Settings file (YAML, readable by its owner only): databaseUrl, schema, taskQueue, operator, operatorKeyFile,
temporal.address, temporal.namespace, temporalUi. Looked for as --settings, ITASCA_SETTINGS, ./itasca.yaml, .itasca/itasca.yaml,
~/.config/itasca/itasca.yaml, /etc/itasca/itasca.yaml.`;

interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/**
 * The program with its commands, as the help shows it.
 *
 * @param word the only command that is needed; all of them where there is none of that name
 */
export async function commandLine(
  run: Run,
  out: Pick<Stream, 'write'>,
  err: Pick<Stream, 'write'>,
  word?: string,
): Promise<Command> {
  const program = new Command('itasca')
    .description(ABOUT)
    .option('--json', 'print the result as one JSON value')
    .option('--settings <file>', 'the settings file')
    .addHelpText('after', MORE)
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => out.write(text), writeErr: (text) => err.write(text) });
  const named = COMMANDS.filter(({ words }) => word !== undefined && words.includes(word));
  for (const { load } of named.length > 0 ? named : COMMANDS) (await load())(program, run);
  return program;
}

const NOBODY = { write: (): undefined => undefined };

/** What a failure is with --json. */
function failure(message: string): string {
  return `${JSON.stringify({ error: message }, null, 2)}\n`;
}

/**
 * Does what a command line says.
 *
 * @returns the exit code: 0 done, 1 failed, 2 needs a person
 */
export async function program(
  line: readonly string[],
  environment: NodeJS.ProcessEnv,
  out: Stream,
  err: Pick<Stream, 'write'>,
): Promise<ExitCode> {
  const todo: Work[] = [];
  // What the line says is not known where it is not understood.
  const isJson = line.includes('--json');
  const parser = await commandLine((work) => todo.push(work), out, isJson ? NOBODY : err, line[0]);
  if (line.length === 0) {
    out.write(parser.helpInformation());
    return DONE;
  }
  try {
    parser.parse([...line], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return DONE;
    if (isJson) out.write(failure(error.message));
    return FAILED;
  }
  const [work] = todo;
  if (work === undefined) return FAILED;
  const { json = false, settings } = parser.opts<{ json?: boolean; settings?: string }>();
  let session: Session | undefined;
  try {
    session = new Session(
      await readCommandSettings(settings, environment),
      outputTo(out, json, environment),
      environment,
    );
    return await work(session);
  } catch (error) {
    const message = await explained(error);
    if (message === null) throw error;
    if (json) out.write(failure(message));
    else err.write(`${message}\n`);
    return FAILED;
  } finally {
    await session?.close();
  }
}
