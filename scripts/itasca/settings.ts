import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { OPERATOR } from '../../workflows/approval.ts';
import { taskQueue } from '../../workflows/ids.ts';
import { errorCode, errorText } from './error-code.ts';
import { Mistake } from './mistake.ts';

const text = z.string().min(1);

const schema = z.strictObject({
  databaseUrl: z.url({ protocol: /^postgres(?:ql)?$/, error: 'must be a postgres:// URL' }),
  schema: text.default('itasca'),
  taskQueue: text.default(taskQueue),
  operator: z
    .string()
    .regex(OPERATOR, 'must be a name: letters, digits, space and ._@\\-, up to 64 characters')
    .optional(),
  /** The private key that the operator signs answers with. */
  operatorKeyFile: text.optional(),
  /** Else @temporalio/envconfig says where Temporal is: TEMPORAL_ADDRESS and so on, or a profile of temporal.toml. */
  temporal: z.strictObject({ address: text, namespace: text.default('default') }).optional(),
  temporalUi: z.url().optional(),
});

/** What the command needs to know to reach Itasca's database and Temporal. */
export type CommandSettings = Readonly<z.infer<typeof schema>>;

/** Variables that go before what the file says. */
const VARIABLES = {
  databaseUrl: 'DATABASE_URL',
  schema: 'ITASCA_SCHEMA',
  taskQueue: 'ITASCA_TASK_QUEUE',
  operator: 'ITASCA_OPERATOR',
  operatorKeyFile: 'ITASCA_OPERATOR_KEY_FILE',
  temporalUi: 'ITASCA_TEMPORAL_UI',
} as const;

/** Where a settings file is looked for when none is named, in this order; the second is what `npm start` writes. */
export function usualFiles(environment: NodeJS.ProcessEnv): readonly string[] {
  const project = resolve(import.meta.dirname, '..', '..');
  const config = environment['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  return [
    join(process.cwd(), 'itasca.yaml'),
    join(project, '.itasca', 'itasca.yaml'),
    join(config, 'itasca', 'itasca.yaml'),
    '/etc/itasca/itasca.yaml',
  ];
}

/**
 * Reads the command's settings: variables first, then the file that is named by --settings or ITASCA_SETTINGS, or the first of the
 * usual ones that is there.
 *
 * @throws Mistake that names the file or the variable, and what is wrong
 */
export async function readCommandSettings(
  named: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<CommandSettings> {
  const wanted = named ?? environment['ITASCA_SETTINGS'];
  const { file, values } = wanted === undefined ? await firstOf(usualFiles(environment)) : await readNamed(wanted);
  const fromVariables = Object.fromEntries(
    Object.entries(VARIABLES).flatMap(([key, variable]) => {
      const value = environment[variable];
      return value === undefined || value === '' ? [] : [[key, value]];
    }),
  );
  const merged = { ...values, ...fromVariables };
  // Where Temporal is said by variables, the file's word on it does not count.
  if (environment['TEMPORAL_ADDRESS'] !== undefined) delete merged['temporal'];
  const parsed = schema.safeParse(merged);
  if (parsed.success) return parsed.data;
  if (!('databaseUrl' in merged))
    throw new Mistake(
      `Where Itasca's database is, is not said: set DATABASE_URL, or write databaseUrl into a settings file (--settings, ITASCA_SETTINGS, or one of ${usualFiles(environment).join(', ')}). While npm start runs in this folder its own is used.`,
    );
  const issues = parsed.error.issues.map((issue) => {
    const [key] = issue.path;
    const variable = typeof key === 'string' && key in fromVariables ? VARIABLES[key as keyof typeof VARIABLES] : null;
    return `  ${variable ?? issue.path.join('.')}: ${issue.message}`;
  });
  throw new Mistake(`The settings are not right${file === null ? '' : ` (${file})`}:\n${issues.join('\n')}`);
}

interface Found {
  readonly file: string | null;
  readonly values: Readonly<Record<string, unknown>>;
}

async function firstOf(files: readonly string[]): Promise<Found> {
  for (const file of files) {
    const values = await read(file);
    if (values !== null) return { file, values };
  }
  return { file: null, values: {} };
}

async function readNamed(file: string): Promise<Found> {
  const values = await read(resolve(file));
  if (values === null) throw new Mistake(`There is no settings file ${resolve(file)}.`);
  return { file: resolve(file), values };
}

async function read(file: string): Promise<Found['values'] | null> {
  let content: string;
  try {
    // It holds the password of the database.
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0)
      throw new Mistake(`${file} can be read by others, and the password of the database is in it: chmod 600 ${file}`);
    content = await readFile(file, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw code === undefined ? error : new Mistake(`${file} can not be read: ${errorText(error)}`);
  }
  try {
    const values: unknown = parse(content) ?? {};
    if (typeof values !== 'object' || values === null || Array.isArray(values))
      throw new Mistake(`${file} must hold settings, such as databaseUrl: postgres://...`);
    return { ...values };
  } catch (error) {
    if (error instanceof YAMLParseError) throw new Mistake(`${file} is no YAML: ${error.message}`);
    throw error;
  }
}

/** The text of a settings file. */
export function settingsText(settings: z.input<typeof schema>): string {
  return `${JSON.stringify(settings, null, 2)}\n`;
}
