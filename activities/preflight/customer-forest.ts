import { DirectoryRefused } from '../../directory/errors.ts';
import { viewContainer } from '../../directory/look-up.ts';
import type { DirectoryReader } from '../../directory/reader.ts';
import { tombstoneSettings } from '../../directory/tombstones.ts';
import { milliseconds, type Configuration, type ForestConfiguration } from '../../rules/configuration.ts';
import { isWithinDomain } from '../../rules/dn.ts';
import { mailboxAttributes } from '../../rules/mailbox-settings.ts';
import { schemaLine, tombstoneLine, unitLines, type ContainerSight } from '../../rules/preflight-objects.ts';
import { objectsLine, type Population } from '../../rules/preflight-population.ts';
import { evidenceLine, excessLine, readingLines, type DecidingAttribute } from '../../rules/preflight-rights.ts';
import { linesAbout, type CheckLine } from '../../rules/preflight.ts';
import { evidenceSources } from '../../rules/reconnection.ts';
import { isSelfWritable } from '../../rules/self-writable.ts';
import { tombstoneDays } from '../../rules/tombstone-lifetime.ts';
import { voiceAttributes } from '../../rules/voice-settings.ts';
import type { Dependencies } from '../dependencies.ts';
import { inSchema } from '../managed-schema.ts';
import { beginReading } from '../read-modes.ts';
import { attributesOf } from '../read-source.ts';
import { attempt } from './attempt.ts';
import { logOnOf, lookAtControllers, reasonOf } from './controllers.ts';
import { countInScope, type InScope } from './population.ts';
import { excessAt, writableBySelf } from './rights.ts';

/** What was found in a Customer Forest. */
export interface ForestFindings {
  readonly lines: readonly CheckLine[];
  /** Of the domains that could be read. */
  readonly populations: readonly Population[];
  /** Every domain could be read. */
  readonly complete: boolean;
}

const DEPENDENT = [
  'units',
  'changes',
  'deletions',
  'excess rights',
  'schema',
  'tombstones',
  'evidence',
  'objects',
] as const;

/** Looks at all domains of a Customer Forest. */
export async function lookAtForest(
  dependencies: Dependencies,
  configuration: Configuration,
  forest: ForestConfiguration,
  signal: AbortSignal,
): Promise<ForestFindings> {
  const lines: CheckLine[] = [];
  const populations: Population[] = [];
  const logOn = await logOnOf(dependencies, forest);
  for (const domain of forest.domains) {
    const place = `${forest.name} ${domain.namingContext}`;
    const { lines: ofControllers, reader } = await lookAtControllers(dependencies, forest, domain, logOn);
    lines.push(...ofControllers);
    if (reader === null) {
      const { notChecked } = linesAbout(place);
      lines.push(...DEPENDENT.map((check) => notChecked(check, 'no domain controller could be asked')));
      continue;
    }
    try {
      const found = await lookAtDomain(reader, configuration, forest, { ...domain, place }, signal);
      lines.push(...found.lines);
      populations.push(found.population);
    } finally {
      await reader.close();
    }
  }
  return { lines, populations, complete: populations.length === forest.domains.length };
}

interface DomainPlace {
  readonly place: string;
  readonly namingContext: string;
}

async function lookAtDomain(
  reader: DirectoryReader,
  configuration: Configuration,
  forest: ForestConfiguration,
  { place, namingContext }: DomainPlace,
  signal: AbortSignal,
): Promise<{ readonly lines: readonly CheckLine[]; readonly population: Population }> {
  const within = (units: readonly string[]): readonly string[] =>
    units.filter((ou) => domainOf(forest, ou) === namingContext);
  const include = await sights(reader, within(forest.scope.include));
  const exclude = await sights(reader, within(forest.scope.exclude));
  const there = include.filter(([, sight]) => sight !== 'missing').map(([dn]) => dn);
  const inScope = await countInScope(reader, there, forest.scope.exclude, signal);
  const { mode } = forest.reading;
  const wholeEvery = milliseconds(configuration.cycle.wholeEvery);
  return {
    population: inScope.count,
    lines: [
      ...unitLines(place, include, exclude),
      ...readingLines(place, mode, await readingOf(reader, namingContext, forest)),
      ...(await attempt(place, 'excess rights', async () =>
        excessLine(place, 'source', await excessIn(reader, namingContext, there, inScope)),
      )),
      ...(await attempt(place, 'schema', () => schemaOf(reader, place, configuration, forest))),
      ...(await attempt(place, 'tombstones', async () =>
        tombstoneLine(place, tombstoneDays(await tombstoneSettings(reader)), wholeEvery),
      )),
      ...(await attempt(place, 'evidence', () => evidenceOf(reader, place, configuration, inScope))),
      objectsLine(place, inScope.count),
    ],
  };
}

/** The domain that an organizational unit is in: of a child domain and its parent, the child. */
function domainOf({ domains }: ForestConfiguration, ou: string): string | undefined {
  return domains
    .map(({ namingContext }) => namingContext)
    .filter((namingContext) => isWithinDomain(ou, namingContext))
    .sort((one, other) => other.length - one.length)[0];
}

async function sights(
  reader: DirectoryReader,
  units: readonly string[],
): Promise<readonly (readonly [string, ContainerSight])[]> {
  const found: (readonly [string, ContainerSight])[] = [];
  for (const dn of units) found.push([dn, await viewContainer(reader, dn)]);
  return found;
}

async function readingOf(
  reader: DirectoryReader,
  namingContext: string,
  { reading: settings }: ForestConfiguration,
): Promise<Parameters<typeof readingLines>[2]> {
  try {
    return await beginReading({ reader, namingContext, settings });
  } catch (error) {
    if (!(error instanceof DirectoryRefused)) throw error;
    return { refused: reasonOf(error) };
  }
}

function excessIn(
  reader: DirectoryReader,
  namingContext: string,
  units: readonly string[],
  { samples }: InScope,
): ReturnType<typeof excessAt> {
  return excessAt(reader, namingContext, [
    ...units.map((dn) => ({ target: { dn }, where: dn })),
    ...[...samples].map(([kind, guid]) => ({ target: { guid }, where: `a ${kind} in scope` })),
  ]);
}

async function schemaOf(
  reader: DirectoryReader,
  place: string,
  configuration: Configuration,
  forest: ForestConfiguration,
): Promise<CheckLine> {
  const used = attributesOf(configuration, forest);
  const needed = [...mailboxAttributes(configuration.services), ...voiceAttributes(configuration.voice)];
  return schemaLine(place, 'source', { needed, used }, new Set((await inSchema(reader, used)).keys()));
}

/** By the access list of a user in scope; where there is none, or it can not be read, by what Active Directory is delivered with. */
async function evidenceOf(
  reader: DirectoryReader,
  place: string,
  configuration: Configuration,
  { samples }: InScope,
): Promise<CheckLine> {
  const deciding = decidingAttributes(configuration);
  const names = deciding.map(({ attribute }) => attribute);
  const user = samples.get('user');
  const list = user === undefined ? null : await reader.accessList({ guid: user });
  const writable =
    list === null
      ? new Set(names.filter(isSelfWritable))
      : writableBySelf(list, await reader.accountSids(), await inSchema(reader, names));
  return evidenceLine(place, deciding, writable);
}

function decidingAttributes({ services, voice, reconnection }: Configuration): readonly DecidingAttribute[] {
  const consented = (attribute: string): boolean => services.usersMayWrite.includes(attribute);
  return [
    ...[...new Set(mailboxAttributes(services))].map((attribute) => ({
      attribute,
      decides: 'who has a mailbox',
      accepted: consented(attribute),
    })),
    ...[voice?.bitmapAttribute, voice?.stringAttribute]
      .filter((attribute) => attribute !== undefined)
      .map((attribute) => ({ attribute, decides: 'who has voice', accepted: consented(attribute) })),
    ...reconnection.rules.flatMap((rule) =>
      evidenceSources([rule]).map((attribute) => ({
        attribute,
        decides: 'whose mailbox a new account gets',
        accepted: rule.mode === 'review' || (rule.by === 'attribute' && rule.usersMayWriteIt === true),
      })),
    ),
  ];
}
