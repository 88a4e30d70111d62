import { ACCESS, EXTENDED_RIGHT, grants } from '../../directory/access-control.ts';
import type { Target } from '../../directory/outcome.ts';
import type { DirectoryReader } from '../../directory/reader.ts';
import type { ExcessFacts } from '../../rules/preflight-rights.ts';
import type { AccessGuids } from '../managed-schema.ts';

/** Every user is each of these on the own object: itself, Everyone, Authenticated Users. */
const SELF_AND_ALL = ['S-1-5-10', 'S-1-1-0', 'S-1-5-11'];

/** An object that is looked at, and how it is called in a line: never by a person's name. */
export interface Place {
  readonly target: Target;
  readonly where: string;
}

/** What an account may do, by what the domain controller says of it, at the head of a domain and in these places. */
export async function excessAt(
  reader: DirectoryReader,
  namingContext: string,
  places: readonly Place[],
): Promise<ExcessFacts> {
  const head = await reader.effectiveRights({ dn: namingContext });
  const groups = await reader.accountSids();
  const writable: ExcessFacts['writable'][number][] = [];
  for (const { target, where } of [
    { target: { dn: namingContext }, where: `the head of ${namingContext}` },
    ...places,
  ]) {
    const rights = await reader.effectiveRights(target);
    if (rights === null) continue;
    const what = [
      ...(rights.security ? ['the access list'] : []),
      ...rights.children.map((name) => `a new ${name}`),
      ...rights.attributes,
    ];
    if (what.length > 0) writable.push({ where, what });
  }
  const list = await reader.accessList({ dn: namingContext });
  return {
    groups,
    writable,
    machineAccounts: head?.machineAccounts ?? 0,
    readsPasswords: list && may(list, groups, EXTENDED_RIGHT.replicatingDirectoryChangesAll),
  };
}

/** Whether somebody in these groups has an extended right by an access list. */
export function may(list: Buffer, groups: readonly string[], right: string): boolean {
  return grants(list, new Set(groups), ACCESS.controlAccess, [right]);
}

/**
 * Which of these attributes a user may write on the own object, by the access list of that object.
 *
 * @param groups of any account of the domain: it is in Domain Users as well
 */
export function writableBySelf(
  list: Buffer,
  groups: readonly string[],
  attributes: ReadonlyMap<string, AccessGuids>,
): ReadonlySet<string> {
  const sids = new Set([...SELF_AND_ALL, ...groups.filter((sid) => sid.endsWith('-513'))]);
  const open = [...attributes].filter(([, guids]) => grants(list, sids, ACCESS.writeProperty, guids));
  return new Set(open.map(([name]) => name));
}
