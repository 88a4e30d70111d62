import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { requirePrivate } from '../activities/secrets.ts';
import { configurationSchema, type Configuration } from '../rules/configuration.ts';

/** What is wrong in a configuration file, and where. */
export interface ConfigurationProblem {
  readonly line: number;
  /** Path of the key, such as `forests[0].scope.include`; empty for the file as a whole. */
  readonly key: string;
  readonly message: string;
}

/** A configuration file that can not be used. The message lists every problem with its line. */
export class ConfigurationRefused extends Error {
  override readonly name = 'ConfigurationRefused';
  readonly problems: readonly ConfigurationProblem[];

  constructor(file: string, problems: readonly ConfigurationProblem[]) {
    super(
      problems
        .map(
          (problem) =>
            `${file}:${String(problem.line)}: ${problem.key === '' ? '' : `${problem.key}: `}${problem.message}`,
        )
        .join('\n'),
    );
    this.problems = problems;
  }
}

/**
 * Reads and validates a customer's configuration file. Paths in it are taken from its own folder. A password in the file
 * is refused, and so is a password file that others can read.
 *
 * @throws ConfigurationRefused with each problem's line
 */
export async function readConfigurationFile(file: string): Promise<Configuration> {
  const { data, document, lines } = await readChecked(file, configurationSchema);
  const configuration = withAbsolutePaths(data, dirname(resolve(file)));
  const secrets = await secretProblems(configuration, document, lines);
  if (secrets.length > 0) throw new ConfigurationRefused(file, secrets);
  return configuration;
}

/**
 * Reads a YAML file that has to be what a schema says.
 *
 * @throws ConfigurationRefused with each problem's line
 */
export async function readChecked<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<{ readonly data: z.output<Schema>; readonly document: Document; readonly lines: LineCounter }> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ConfigurationRefused(file, [
      { line: 1, key: '', message: `can not be read: ${error instanceof Error ? error.message : String(error)}` },
    ]);
  });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const syntax = document.errors.map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    key: '',
    message: error.message,
  }));
  if (syntax.length > 0) throw new ConfigurationRefused(file, syntax);
  const parsed = schema.safeParse(plainData(file, document), { error: missing });
  if (!parsed.success)
    throw new ConfigurationRefused(
      file,
      parsed.error.issues.flatMap((issue) => problemsOf(issue, document, lines)),
    );
  return { data: parsed.data, document, lines };
}

/** The JSON schema of configuration files, for editors. */
export function configurationJsonSchema(): unknown {
  return z.toJSONSchema(configurationSchema, { io: 'input' });
}

/** Aliases are followed here: one that leads nowhere, or to itself, shows only now. */
function plainData(file: string, document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigurationRefused(file, [
      { line: 1, key: '', message: error instanceof Error ? error.message : String(error) },
    ]);
  }
}

/** The message for a key that the file lacks; the others are the schema's. */
function missing(issue: z.core.$ZodRawIssue): string | undefined {
  return issue.code === 'invalid_type' && issue.input === undefined ? 'is missing' : undefined;
}

type Path = readonly PropertyKey[];

function problemsOf(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): ConfigurationProblem[] {
  if (issue.code !== 'unrecognized_keys') {
    const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    return [{ line: lineOf(issue.path, document, lines), key: keyText(issue.path), message }];
  }
  return issue.keys.map((key) => ({
    line: lineOf([...issue.path, key], document, lines),
    key: keyText([...issue.path, key]),
    message: /^password$/i.test(key)
      ? 'a password must not be in the file; name a passwordFile or a passwordEnv'
      : 'is not a known key',
  }));
}

/** The line of a key or list item; of the nearest one above it when the file lacks it. */
function lineOf(path: Path, document: Document, lines: LineCounter): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const parent = document.getIn(path.slice(0, depth - 1), true);
    const key = path[depth - 1];
    const pair = isMap(parent)
      ? parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
      : undefined;
    if (pair !== undefined && isScalar(pair.key) && pair.key.range) return lines.linePos(pair.key.range[0]).line;
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function keyText(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${String(part)}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function withAbsolutePaths(configuration: Configuration, folder: string): Configuration {
  const absolute = <T extends Configuration['managed'] | Configuration['forests'][number]>(part: T): T => ({
    ...part,
    ...(part.passwordFile === undefined ? {} : { passwordFile: resolve(folder, part.passwordFile) }),
    tls: part.tls.caFile === undefined ? part.tls : { ...part.tls, caFile: resolve(folder, part.tls.caFile) },
  });
  const { forests, managed, reports } = configuration;
  return {
    ...configuration,
    forests: forests.map(absolute),
    managed: absolute(managed),
    reports: reports.folder === undefined ? reports : { ...reports, folder: resolve(folder, reports.folder) },
  };
}

async function secretProblems(
  configuration: Configuration,
  document: Document,
  lines: LineCounter,
): Promise<ConfigurationProblem[]> {
  const places: (readonly [Path, string | undefined])[] = [
    ...configuration.forests.map((forest, index) => [['forests', index, 'passwordFile'], forest.passwordFile] as const),
    [['managed', 'passwordFile'], configuration.managed.passwordFile],
  ];
  const problems: ConfigurationProblem[] = [];
  for (const [path, file] of places) {
    if (file === undefined) continue;
    await requirePrivate(file).catch((error: unknown) => {
      problems.push({
        line: lineOf(path, document, lines),
        key: keyText(path),
        message: error instanceof Error ? error.message : String(error),
      });
    });
  }
  return problems;
}
