import { compareConfigurations, type ForestDifference } from '../../activities/compare-configurations.ts';
import type { Configuration } from '../../rules/configuration.ts';
import { currentConfiguration } from '../../store/configurations.ts';
import { readConfigurationFile } from '../../worker/configuration-file.ts';
import { DONE, Mistake, type ExitCode } from './mistake.ts';
import type { Output } from './output.ts';
import type { Session } from './session.ts';

export const DIFF_HELP = `
Every object that is staged is evaluated by the configuration in force and by the file, by the rules of the cycle itself; nothing is written, and no
directory is asked. Shows which objects would come into scope or leave it, which attributes, services and errors would be decided otherwise, in counts
and object by object, and which sections of the configuration differ.

What is decided between several objects is not compared: who of two gets an address, who is joined to what, references such as members; "itasca plan
--configuration" shows that too. Nor is what other sections do (guard, deprovisioning times, where new objects are placed): these are named only. A
forest that was never read has nothing to compare.

  itasca config diff contoso.yaml
  itasca config diff contoso.yaml --limit 100000 --json | jq '.forests[].objects[] | select(.scope == "leaves") | .dn'`;

/** `itasca config diff` */
export async function configDiff({ out, database }: Session, file: string, limit: number): Promise<ExitCode> {
  const after = await readConfigurationFile(file);
  const { customer } = after;
  const version = await currentConfiguration(database, customer);
  if (version === null)
    throw new Mistake(`${customer} has no configuration in force that ${file} could be compared with.`);
  const before = version.configuration;
  const known = new Set(before.forests.map((forest) => forest.name));
  const wanted = new Set(after.forests.map((forest) => forest.name));
  const added = [...wanted].filter((name) => !known.has(name));
  const removed = [...known].filter((name) => !wanted.has(name));
  const sections = differingSections(before, after);
  const forests: (ForestDifference & { readonly forest: string })[] = [];
  const unread = [...added];
  for (const forest of [...wanted].filter((name) => known.has(name))) {
    const difference = await compareConfigurations(database, before, after, forest, limit);
    if (difference === null) unread.push(forest);
    else forests.push({ forest, ...difference });
  }
  out.value({ customer, inForce: version.number, sections, forests, unread, removed });
  out.say(
    sections.length === 0
      ? `${file} says what is in force as version ${String(version.number)} of ${customer}.`
      : `${file} differs from version ${String(version.number)} of ${customer} in: ${sections.join(', ')}. Nothing was written.`,
  );
  for (const forest of forests) show(out, forest);
  for (const forest of unread) out.say(`${forest} has not been read yet: its first cycle shows what it would do.`);
  for (const forest of removed)
    out.say(out.warning(`${forest} would not be synchronized any more; what it has would stay as it is.`));
  return DONE;
}

/** Both come from the same schema, so that equal sections are written alike. */
function differingSections(before: Configuration, after: Configuration): readonly string[] {
  const one = new Map(Object.entries(before).map(([name, value]) => [name, inOrder(value)]));
  const other = new Map(Object.entries(after).map(([name, value]) => [name, inOrder(value)]));
  return [...new Set([...one.keys(), ...other.keys()])].filter((name) => one.get(name) !== other.get(name)).sort();
}

/** JSON with the keys in order: PostgreSQL keeps them in an order of its own. */
function inOrder(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );
}

function show(out: Output, { forest, counts, objects }: ForestDifference & { readonly forest: string }): void {
  out.say(out.strong(`${forest}: ${String(counts.differing)} of ${String(counts.staged)} objects`));
  const lines: readonly (readonly [string, number])[] = [
    ['come into scope', counts.enters],
    ['leave the scope', counts.leaves],
    ['services end', counts.ending],
    ...named('attribute', counts.attributes),
    ...named('service', counts.services),
    ...named('new error', counts.newErrors),
    ...named('solved error', counts.solvedErrors),
  ];
  const told = lines.filter(([, objectsOf]) => objectsOf > 0);
  out.table(
    ['what', 'objects'],
    told.map(([what, objectsOf]) => [what, String(objectsOf)]),
  );
  out.table(
    ['object', 'what would be decided otherwise'],
    objects.map((object) => [object.dn, inWords(object)]),
  );
  if (counts.differing > objects.length)
    out.say(`${String(counts.differing - objects.length)} more: --limit shows them.`);
}

function named(what: string, counts: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(counts)
    .sort(([, one], [, other]) => other - one)
    .map(([name, number]) => [`${what} ${name}`, number]);
}

function inWords(object: ForestDifference['objects'][number]): string {
  return [
    ...(object.scope === null ? [] : [`${object.scope} the scope: ${object.scopeRule}`]),
    ...object.attributes.map(({ attribute, before, after }) =>
      after === null
        ? `${attribute}: does not flow any more, stays as it is`
        : `${attribute}: ${valuesOf(before)} -> ${valuesOf(after)}`,
    ),
    ...object.services.map((service) => `service ${service}`),
    ...(object.ending === null ? [] : [`services end: ${object.ending}`]),
    ...object.newErrors.map((code) => `new ${code}`),
    ...object.solvedErrors.map((code) => `no longer ${code}`),
  ].join('\n');
}

function valuesOf(values: readonly string[]): string {
  return values.length === 0 ? 'absent' : values.join('; ');
}
