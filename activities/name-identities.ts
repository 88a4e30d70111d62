import type { Configuration } from '../rules/configuration.ts';
import { childDn } from '../rules/dn.ts';
import { cnCandidates, samCandidates } from '../rules/names.ts';
import type { Database } from '../store/database.ts';
import { replaceErrors } from '../store/errors.ts';
import type { ForestId } from '../store/forests.ts';
import {
  createIdentities,
  takenNames,
  withoutIdentity,
  type NamedIdentity,
  type NewIdentity,
} from '../store/naming.ts';

const PAGE = 2000;
const NO_GUID = '00000000-0000-0000-0000-000000000000';

/** The DN of a managed object of this customer. */
export function managedDn(cn: string, ou: string): string {
  const dn = childDn('CN', cn, ou);
  if (dn === undefined) throw new Error(`no distinguished name can be made below ${ou}`);
  return dn;
}

/**
 * Makes an identity for each object that needs one, with a CN and a sAMAccountName that are free in the Managed Forest:
 * decided here once, and kept for life. A page that collides with another cycle's choice is chosen again.
 *
 * @returns how many were made
 */
export async function nameIdentities(
  database: Database,
  configuration: Configuration,
  forest: ForestId,
  managedForest: ForestId,
): Promise<number> {
  let made = 0;
  let page = await withoutIdentity(database, forest, NO_GUID, PAGE);
  for (;;) {
    const last = page.at(-1);
    if (last === undefined) return made;
    // The next page is looked up while this one is named: whoever holds the forest is the only one to make identities of it.
    const [next, named] = await Promise.all([
      withoutIdentity(database, forest, last.guid, PAGE),
      namePage(database, configuration, forest, managedForest, page),
    ]);
    made += named;
    page = next;
  }
}

/** @returns how many got an identity */
async function namePage(
  database: Database,
  configuration: Configuration,
  forest: ForestId,
  managedForest: ForestId,
  page: readonly NewIdentity[],
): Promise<number> {
  for (let collisions = 0; ; collisions += 1)
    try {
      const named = await chooseNames(database, configuration, managedForest, page);
      await createIdentities(database, configuration.customer, forest, managedForest, named);
      await recordNameless(database, forest, page, named);
      return named.length;
    } catch (error) {
      if (!isUniqueViolation(error) || collisions >= 10) throw error;
    }
}

/** An object whose every name is taken, down to the digits of its objectGUID, waits alone; the next cycle looks again. */
async function recordNameless(
  database: Database,
  forest: ForestId,
  page: readonly NewIdentity[],
  named: readonly NamedIdentity[],
): Promise<void> {
  const done = new Set(named.map((object) => object.guid));
  const nameless = page.map((object) => object.guid).filter((guid) => !done.has(guid));
  const details = 'every name that could be chosen for it is taken';
  const errors = nameless.map((guid) => ({ guid, code: 'SE902' as const, attribute: '', details }));
  if (nameless.length > 0) await replaceErrors(database, forest, 'write', nameless, errors);
}

/** An object with the names that it may get, best first. */
interface Candidate {
  readonly object: NewIdentity;
  readonly sams: readonly string[];
  readonly cns: readonly { readonly cn: string; readonly dn: string }[];
}

async function chooseNames(
  database: Database,
  configuration: Configuration,
  managedForest: ForestId,
  page: readonly NewIdentity[],
): Promise<readonly NamedIdentity[]> {
  const candidate = (object: NewIdentity, names?: number): Candidate => ({
    object,
    sams: samCandidates(object.kind, object.sam ?? undefined, object.guid).slice(0, names),
    cns: cnCandidates(object.name, object.guid)
      .slice(0, names)
      .map((cn) => ({ cn, dn: managedDn(cn, configuration.managed.ou) })),
  });
  const taken = { sams: new Set<string>(), cns: new Set<string>(), dns: new Set<string>() };
  const look = async (asked: readonly Candidate[]): Promise<void> => {
    const names = await takenNames(database, managedForest, configuration.customer, {
      sams: asked.flatMap(({ sams }) => sams.map((sam) => sam.toLowerCase())),
      cns: asked.flatMap(({ cns }) => cns.map(({ cn }) => cn.toLowerCase())),
      dns: asked.flatMap(({ cns }) => cns.map(({ dn }) => dn.toLowerCase())),
    });
    for (const kind of ['sams', 'cns', 'dns'] as const) for (const name of names[kind]) taken[kind].add(name);
  };
  const choose = ({ object, sams, cns }: Candidate): NamedIdentity | null => {
    const sam = sams.find((name) => !taken.sams.has(name.toLowerCase())) ?? null;
    const cn = cns.find(
      (choice) => !taken.cns.has(choice.cn.toLowerCase()) && !taken.dns.has(choice.dn.toLowerCase()),
    )?.cn;
    if (cn === undefined || (sam === null && sams.length > 0)) return null;
    if (sam !== null) taken.sams.add(sam.toLowerCase());
    taken.cns.add(cn.toLowerCase());
    return { guid: object.guid, kind: object.kind, cn, sam };
  };
  // Nearly all get the best one; only for the others is the whole list looked up.
  const best = page.map((object) => candidate(object, 1));
  await look(best);
  const named = best.map(choose);
  const contested = page.filter((_object, index) => named[index] === null).map((object) => candidate(object));
  if (contested.length > 0) await look(contested);
  return [...named, ...contested.map(choose)].filter((item) => item !== null);
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}
