import { EXTENDED_RIGHT } from '../../directory/access-control.ts';
import { DirectoryRefused } from '../../directory/errors.ts';
import { equal } from '../../directory/filter.ts';
import { viewContainer } from '../../directory/look-up.ts';
import type { DirectoryReader } from '../../directory/reader.ts';
import { tombstoneSettings } from '../../directory/tombstones.ts';
import { milliseconds, type Configuration } from '../../rules/configuration.ts';
import { flowOf, flowOwned, ownedAttributes, referencesOf } from '../../rules/flow.ts';
import { databaseNames } from '../../rules/placement.ts';
import { namedLine, schemaLine, tombstoneLine } from '../../rules/preflight-objects.ts';
import { excessLine, managedRightsLines, type ManagedRightsFacts } from '../../rules/preflight-rights.ts';
import { linesAbout, type CheckLine } from '../../rules/preflight.ts';
import { RECIPIENT_ATTRIBUTES } from '../../rules/recipient-image.ts';
import { tombstoneDays } from '../../rules/tombstone-lifetime.ts';
import { disabledVoice } from '../../rules/voice.ts';
import type { Dependencies } from '../dependencies.ts';
import { MAILBOX_ATTRIBUTES } from '../mailbox-facts.ts';
import { inSchema } from '../managed-schema.ts';
import { attempt } from './attempt.ts';
import { logOnOf, lookAtControllers } from './controllers.ts';
import { excessAt, may } from './rights.ts';

const DEPENDENT = ['units', 'changes', 'excess rights', 'rights', 'schema', 'tombstones', 'databases'] as const;
const WITH_LISTS = ['address lists'] as const;
const WITH_VOICE = ['pools'] as const;

/** Looks at the Managed Forest as it is for one customer. */
export async function lookAtManaged(
  dependencies: Dependencies,
  configuration: Configuration,
): Promise<readonly CheckLine[]> {
  const { managed } = configuration;
  const place = `${managed.name} ${managed.namingContext}`;
  const logOn = await logOnOf(dependencies, managed);
  const { lines, reader } = await lookAtControllers(dependencies, managed, managed, logOn);
  if (reader !== null)
    try {
      return [...lines, ...(await lookInside(reader, place, configuration))];
    } finally {
      await reader.close();
    }
  const checks = [
    ...DEPENDENT,
    ...(configuration.voice === undefined ? [] : WITH_VOICE),
    ...(listsOf(configuration).length === 0 ? [] : WITH_LISTS),
  ];
  const { notChecked } = linesAbout(place);
  return [...lines, ...checks.map((check) => notChecked(check, 'no domain controller could be asked'))];
}

async function lookInside(
  reader: DirectoryReader,
  place: string,
  configuration: Configuration,
): Promise<readonly CheckLine[]> {
  const { managed, voice, exchange, join, cycle } = configuration;
  const databases = Object.values(exchange.regions).flatMap((region) => databaseNames(region.databases));
  const pools = Object.values(voice?.pools ?? {});
  const lists = listsOf(configuration);
  const units = [managed.ou, ...join.containers];
  const missingUnits = await missing(reader, units);
  const about = linesAbout(place);
  const named = (check: Parameters<typeof namedLine>[1], names: readonly string[]): Promise<readonly CheckLine[]> =>
    attempt(place, check, async () => namedLine(place, check, names, await missing(reader, names)));
  return [
    namedLine(place, 'units', units, missingUnits),
    ...(await attempt(place, 'changes', () => changesLine(reader, place, managed.namingContext))),
    ...(await attempt(place, 'excess rights', async () =>
      excessLine(place, 'managed', await excessAt(reader, managed.namingContext, [])),
    )),
    ...(missingUnits.includes(managed.ou)
      ? [about.notChecked('rights', `${managed.ou} is not there`)]
      : await attempt(place, 'rights', async () =>
          managedRightsLines(place, managed.ou, await rightsIn(reader, configuration)),
        )),
    ...(await attempt(place, 'schema', () => schemaOf(reader, place, configuration))),
    ...(await attempt(place, 'tombstones', async () =>
      tombstoneLine(place, tombstoneDays(await tombstoneSettings(reader)), milliseconds(cycle.wholeEvery)),
    )),
    ...(await named('databases', databases)),
    ...(voice === undefined ? [] : await named('pools', pools)),
    ...(lists.length === 0 ? [] : await named('address lists', lists)),
  ];
}

function listsOf({ exchange }: Configuration): readonly string[] {
  const { addressLists, roomLists, contactLists = [], groupLists = [] } = exchange;
  return [...new Set([...addressLists, ...roomLists, ...contactLists, ...groupLists])];
}

async function missing(reader: DirectoryReader, names: readonly string[]): Promise<readonly string[]> {
  const absent: string[] = [];
  for (const dn of names) if ((await viewContainer(reader, dn)) === 'missing') absent.push(dn);
  return absent;
}

/** The managed side is read by DirSync alone. */
async function changesLine(reader: DirectoryReader, place: string, namingContext: string): Promise<CheckLine> {
  const { ok, failed } = linesAbout(place);
  try {
    await reader.cookieFor(namingContext);
    return ok('changes', 'read by dirsync');
  } catch (error) {
    if (!(error instanceof DirectoryRefused)) throw error;
    return failed(
      'changes',
      'the account may not read changes by DirSync: what is written could not be confirmed',
      'Give it Replicating Directory Changes at the head of the domain.',
    );
  }
}

async function rightsIn(reader: DirectoryReader, configuration: Configuration): Promise<ManagedRightsFacts> {
  const { managed } = configuration;
  const rights = await reader.effectiveRights({ dn: managed.ou });
  const list = await reader.accessList({ dn: managed.namingContext });
  return {
    children: rights?.children ?? [],
    refused: await refusedOf(reader, configuration),
    reanimates: list && may(list, await reader.accountSids(), EXTENDED_RIGHT.reanimateTombstones),
  };
}

/** Attributes of a managed user that the account may not write; null where there is none to try them on. */
async function refusedOf(reader: DirectoryReader, configuration: Configuration): Promise<readonly string[] | null> {
  const { managed } = configuration;
  const query = { base: managed.ou, scope: 'sub', filter: equal('objectClass', 'user'), pageSize: 1 } as const;
  for await (const [entry] of reader.pages({ ...query, attributes: [] })) {
    if (entry === undefined) continue;
    const rights = await reader.effectiveRights({ guid: entry.guid });
    const may = new Set(rights?.attributes.map((name) => name.toLowerCase()));
    const flow = flowOf(configuration);
    const ours = [...flowOwned(flow, 'user'), ...referencesOf(flow, 'user'), ...serviceAttributes(configuration)];
    const present = await inSchema(reader, ours);
    return [...present.keys()].filter((name) => !may.has(name.toLowerCase()));
  }
  return null;
}

/** What services are made of: the anchor by which an object is found again, mailboxes and voice. */
function serviceAttributes({ managed, voice }: Configuration): readonly string[] {
  return [
    managed.anchorAttribute,
    ...MAILBOX_ATTRIBUTES,
    ...(voice === undefined ? [] : disabledVoice.flatMap((image) => Object.keys(image))),
  ];
}

async function schemaOf(reader: DirectoryReader, place: string, configuration: Configuration): Promise<CheckLine> {
  const needed = serviceAttributes(configuration);
  const used = [...ownedAttributes(flowOf(configuration)), ...RECIPIENT_ATTRIBUTES];
  const present = await inSchema(reader, [...new Set([...needed, ...used])]);
  return schemaLine(place, 'managed', { needed, used }, new Set(present.keys()));
}
