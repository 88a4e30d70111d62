import { linesAbout, listed, type CheckLine, type CheckName } from './preflight.ts';

/** What became of looking for an object that the configuration names. */
export type ContainerSight = 'lists' | 'nothing to see' | 'missing';

/** The organizational units in scope and those taken out of it. */
export function unitLines(
  place: string,
  include: readonly (readonly [string, ContainerSight])[],
  exclude: readonly (readonly [string, ContainerSight])[],
): readonly CheckLine[] {
  const { ok, warning, failed } = linesAbout(place);
  const of = (units: typeof include, sight: ContainerSight): readonly string[] =>
    units.filter(([, seen]) => seen === sight).map(([dn]) => dn);
  const missing = of(include, 'missing');
  const empty = of(include, 'nothing to see');
  const excluded = of(exclude, 'missing');
  const lines = [
    ...(missing.length === 0
      ? []
      : [
          failed(
            'units',
            `not there, or not to be seen by the account: ${listed(missing)}`,
            'Correct scope.include, or let the account list and read the organizational unit.',
          ),
        ]),
    ...(empty.length === 0
      ? []
      : [
          warning(
            'units',
            `empty, or the account may not list it: ${listed(empty)}`,
            'Where it is not empty, let the account list its contents.',
          ),
        ]),
    ...(excluded.length === 0
      ? []
      : [
          warning(
            'units',
            `scope.exclude names what is not there, or not to be seen: ${listed(excluded)}`,
            'Correct scope.exclude: what it is to keep out may be in scope.',
          ),
        ]),
  ];
  if (lines.length > 0) return lines;
  return include.length === 0 ? [] : [ok('units', `${String(include.length)} in scope, all there`)];
}

/** Objects of the Managed Forest that the configuration names, such as databases. */
export function namedLine(
  place: string,
  check: CheckName & ('databases' | 'pools' | 'address lists' | 'units'),
  named: readonly string[],
  missing: readonly string[],
): CheckLine {
  const { ok, failed } = linesAbout(place);
  return missing.length === 0
    ? ok(check, `${String(named.length)} named, all there`)
    : failed(
        check,
        `not there, or not to be seen by the account: ${listed(missing, 3)}`,
        'Make it, or correct the configuration: whatever needs it waits for a correction until then.',
      );
}

/** An attribute that the configuration uses, and what is lost without it. */
export interface UsedAttributes {
  /** Without one of these something that was configured does not work at all. */
  readonly needed: readonly string[];
  /** Without one of these the rest goes on. */
  readonly used: readonly string[];
}

export function schemaLine(
  place: string,
  side: 'source' | 'managed',
  attributes: UsedAttributes,
  present: ReadonlySet<string>,
): CheckLine {
  const { ok, warning, failed } = linesAbout(place);
  const needed = attributes.needed.filter((name) => !present.has(name));
  const used = attributes.used.filter((name) => !present.has(name));
  if (needed.length > 0)
    return failed(
      'schema',
      `it lacks ${listed(needed)}, without which ${side === 'source' ? 'nobody can be given what it decides about' : 'services can not be provisioned'}`,
      side === 'source'
        ? 'Name attributes that this forest has, or extend its schema.'
        : 'Extend the schema by the set-up of Exchange, or of Lync / Skype for Business.',
    );
  if (used.length > 0)
    return warning(
      'schema',
      `it lacks ${listed(used, 12)}: ${side === 'source' ? 'nothing comes from there' : 'not written to any object'}`,
      side === 'source'
        ? 'Nothing needs to be done where the customer never had them (no Exchange in that forest, for instance).'
        : 'Extend the schema, or drop the attribute from the flow in the configuration.',
    );
  return ok(
    'schema',
    `has all ${String(new Set([...attributes.needed, ...attributes.used]).size)} attributes that are used`,
  );
}

const DAY = 86_400_000;

/**
 * @param days for which a deletion can be read
 * @param wholeEveryMs time between two whole reads
 */
export function tombstoneLine(place: string, days: number, wholeEveryMs: number): CheckLine {
  const { ok, warning } = linesAbout(place);
  const message = `deletions can be read for ${String(days)} days`;
  return wholeEveryMs * 2 > days * DAY
    ? warning(
        'tombstones',
        `${message}, less than twice the time between two whole reads`,
        'Shorten cycle.wholeEvery, or have tombstoneLifetime raised (180 days is usual).',
      )
    : ok('tombstones', message);
}
