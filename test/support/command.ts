import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { program } from '../../scripts/itasca/program.ts';
import type { Product } from './product.ts';
import { testStack } from './stack.ts';

const launcher = join(import.meta.dirname, '..', '..', 'scripts', 'itasca', 'itasca.mjs');

const PYTHON = '/usr/bin/python3';
const AT_A_TERMINAL = join(import.meta.dirname, 'at_a_terminal.py');

/** How a run of the `itasca` command ended. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the `itasca` command for a product. */
export function itasca(product: Product, ...words: readonly string[]): Promise<CommandResult> {
  return run(variablesFor(product), words);
}

/** The variables with which the command finds a product. */
export function variablesFor(product: Product): Readonly<Record<string, string>> {
  return {
    DATABASE_URL: testStack().databaseUrl,
    ITASCA_SCHEMA: product.schema,
    ITASCA_TASK_QUEUE: product.taskQueue,
    ITASCA_OPERATOR: 'Olga Operator',
    TEMPORAL_ADDRESS: testStack().temporal.address,
    TEMPORAL_NAMESPACE: testStack().temporal.namespace,
  };
}

/** Runs the `itasca` command with these variables and nothing else that it looks at. */
export async function run(
  variables: Readonly<Record<string, string>>,
  words: readonly string[],
): Promise<CommandResult> {
  const result = { code: 1, out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    write: (text: string) => {
      result[name] += text;
    },
  });
  result.code = await program(words, { XDG_CONFIG_HOME: '/nonexistent', ...variables }, stream('out'), stream('err'));
  return result;
}

/** Runs the `itasca` command as an operator does, in a process of its own. */
export function runAsProcess(
  variables: Readonly<Record<string, string>>,
  words: readonly string[],
): Promise<CommandResult> {
  return runProgram(launcher, words, variables);
}

/** Runs the `itasca` command at a terminal, and answers its questions; what the terminal showed is in `out`. */
export function runAtTerminal(
  variables: Readonly<Record<string, string>>,
  answers: readonly string[],
  words: readonly string[],
): Promise<CommandResult> {
  return runProgram(PYTHON, [AT_A_TERMINAL, answers.join(','), launcher, ...words], variables);
}

function runProgram(
  program: string,
  words: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  const { PATH, HOME } = process.env;
  return new Promise((resolve) => {
    execFile(
      program,
      [...words],
      { env: { PATH, HOME, XDG_CONFIG_HOME: '/nonexistent', ...variables }, timeout: 60_000 },
      (error, out, err) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, err });
      },
    );
  });
}

/** What the command prints with --json. */
export async function itascaJson(
  product: Product,
  ...words: readonly string[]
): Promise<{ code: number; value: unknown }> {
  const { code, out, err } = await itasca(product, ...words, '--json');
  if (err !== '') throw new Error(`itasca ${words.join(' ')} complains: ${err}`);
  return { code, value: JSON.parse(out) };
}
