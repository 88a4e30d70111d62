import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { addAlerts } from './alerts.ts';
import { addAnswers } from './answers.ts';
import { addCases } from './cases.ts';
import { addCheck } from './check.ts';
import { addConfig } from './config.ts';
import { addErrors } from './errors.ts';
import { explained } from './explained.ts';
import { DONE, FAILED, type ExitCode } from './mistake.ts';
import { outputTo } from './output.ts';
import { addOffboard } from './offboard.ts';
import { addOnboard } from './onboard.ts';
import { addPlan } from './plan.ts';
import { addPurge } from './purge.ts';
import { addReconnect } from './reconnect.ts';
import { addReport } from './report.ts';
import { Session } from './session.ts';
import { readCommandSettings } from './settings.ts';
import { addObject } from './object.ts';
import { addOperators } from './operators.ts';
import { addStatus } from './status.ts';
import { addSync } from './sync.ts';
import { addUndo } from './undo.ts';
import { addViews } from './views.ts';

/** Does a command's work. */
export type Work = (session: Session) => Promise<ExitCode>;

/** Takes a command's work down, to be done when the whole line has been understood. */
export type Run = (work: Work) => void;

/**
 * A command adds itself to the program: name, options, help, and what it does. A new one is a file beside this one, named after what it
 * is about, with such a function, which is listed here; what it asks the database is in `store/`.
 */
export type AddCommand = (program: Command, run: Run) => void;

const COMMANDS: readonly AddCommand[] = [
  addStatus,
  addErrors,
  addAlerts,
  addSync,
  addPlan,
  addAnswers,
  addUndo,
  addObject,
  addConfig,
  addCheck,
  addCases,
  addReconnect,
  addReport,
  addOnboard,
  addOffboard,
  addOperators,
  addPurge,
  addViews,
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

/** The program with all its commands, as the help shows it. */
export function commandLine(run: Run, out: Pick<Stream, 'write'>, err: Pick<Stream, 'write'>): Command {
  const program = new Command('itasca')
    .description(ABOUT)
    .option('--json', 'print the result as one JSON value')
    .option('--settings <file>', 'the settings file')
    .addHelpText('after', MORE)
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => out.write(text), writeErr: (text) => err.write(text) });
  for (const add of COMMANDS) add(program, run);
  return program;
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
  const parser = commandLine((work) => todo.push(work), out, err);
  if (line.length === 0) {
    out.write(parser.helpInformation());
    return DONE;
  }
  try {
    parser.parse([...line], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : FAILED;
    throw error;
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
    const message = explained(error);
    if (message === null) throw error;
    if (json) out.write(`${JSON.stringify({ error: message }, null, 2)}\n`);
    else err.write(`${message}\n`);
    return FAILED;
  } finally {
    await session?.close();
  }
}

/** Reads an option that is a whole number of at least 1. */
export function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It wants a whole number from 1.');
  return Number(text);
}
