import { configurationJsonSchema } from '../../worker/configuration-file.ts';

/** What is used here of a JSON schema. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly additionalProperties?: boolean | Schema;
}

interface Setting {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** docs/configuration.md: every setting of a customer's file. */
export function configurationPage(): string {
  const schema = configurationJsonSchema() as Schema;
  const sections = settingsOf(schema).map(({ name, schema: section, required }) =>
    [
      `## ${name}`,
      ...(section.description === undefined ? [] : [`${section.description}.`]),
      table(isLeaf(section) ? [{ name, schema: section, required }] : below(section, name)),
    ].join('\n\n'),
  );
  return [
    '# Configuration',
    '<!-- Made from the schema of the configuration by `npm run docs:configuration`. Change it there. -->',
    "A customer's configuration is one YAML file. An unknown setting, a value that does not fit and a contradiction are refused with their line before anything is applied. A new version is applied as a whole and numbered; cycles that run go on with theirs. Editors check the file by [`config/schema.json`](../config/schema.json); [`config/contoso.yaml`](../config/contoso.yaml) is an example. `[]` stands for each item of a list, `<name>` for a name that you choose.",
    ...sections,
  ]
    .join('\n\n')
    .concat('\n');
}

function settingsOf(schema: Schema): readonly Setting[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).map(([name, of]) => ({
    name,
    schema: of,
    required: required.has(name) && of.default === undefined,
  }));
}

/** A value by itself: its parts, if it has any, are no settings of their own. */
function isLeaf(schema: Schema): boolean {
  return (
    schema.properties === undefined &&
    (schema.items === undefined || isLeaf(schema.items)) &&
    typeof schema.additionalProperties !== 'object'
  );
}

/** The settings within one, by their paths. Object kinds that are alike share a line. */
function below(schema: Schema, path: string): readonly Setting[] {
  if (schema.items !== undefined) return below(schema.items, `${path}[]`);
  if (typeof schema.additionalProperties === 'object') {
    const each = schema.additionalProperties;
    return isLeaf(each) ? [{ name: `${path}.<name>`, schema: each, required: false }] : below(each, `${path}.<name>`);
  }
  return together(settingsOf(schema)).flatMap(({ name, schema: of, required }): readonly Setting[] => {
    const at = `${path}.${name}`;
    if (isLeaf(of)) return [{ name: at, schema: of, required }];
    const head = of.description === undefined ? [] : [{ name: at, schema: { ...of, default: undefined }, required }];
    return [...head, ...below(of, at)];
  });
}

function together(settings: readonly Setting[]): readonly Setting[] {
  const kinds = settings.filter(({ name }) => ['user', 'contact', 'group'].includes(name));
  const [first, ...others] = kinds;
  const text = (setting: Setting): string =>
    JSON.stringify({ ...setting.schema, description: undefined, default: undefined });
  if (first === undefined || kinds.length !== settings.length) return settings;
  if (others.length === 0 || others.some((other) => text(other) !== text(first))) return settings;
  return [{ ...first, name: `(${kinds.map((kind) => kind.name).join('|')})` }];
}

function table(settings: readonly Setting[]): string {
  const rows = settings.map(
    ({ name, schema, required }) =>
      `| \`${name.replaceAll('|', '\\|')}\` | ${typeText(schema)} | ${defaultText(schema, required)} | ${cell(schema.description ?? '')} |`,
  );
  return ['| setting | value | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

function typeText(schema: Schema): string {
  if (schema.const !== undefined) return `\`${cell(JSON.stringify(schema.const))}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeText))].join(' or ');
  if (schema.items !== undefined) return isLeaf(schema.items) ? `list of ${typeText(schema.items)}` : 'list';
  if (schema.properties !== undefined || typeof schema.additionalProperties === 'object') return 'settings';
  const range =
    schema.minimum !== undefined && schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER
      ? ` ${String(schema.minimum)} to ${String(schema.maximum)}`
      : '';
  const names: Readonly<Record<string, string>> = { string: 'text', integer: 'number', boolean: 'true or false' };
  return `${names[schema.type ?? ''] ?? schema.type ?? 'any'}${range}`;
}

function defaultText(schema: Schema, required: boolean): string {
  if (schema.default !== undefined) return `\`${cell(JSON.stringify(schema.default))}\``;
  return required && schema.properties === undefined ? 'must be given' : '';
}

/** Text within a table of Markdown. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
