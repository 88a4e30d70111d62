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

const PAGE = 500;
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
 */
export async function nameIdentities(
  database: Database,
  configuration: Configuration,
  forest: ForestId,
  managedForest: ForestId,
): Promise<void> {
  let after = NO_GUID;
  let collisions = 0;
  for (;;) {
    const page = await withoutIdentity(database, forest, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    try {
      const named = await chooseNames(database, configuration, managedForest, page);
      await createIdentities(database, configuration.customer, forest, managedForest, named);
      await recordNameless(database, forest, page, named);
      after = last.guid;
    } catch (error) {
      collisions += 1;
      if (!isUniqueViolation(error) || collisions > 10) throw error;
    }
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

async function chooseNames(
  database: Database,
  configuration: Configuration,
  managedForest: ForestId,
  page: readonly NewIdentity[],
): Promise<readonly NamedIdentity[]> {
  const candidates = page.map((object) => ({
    object,
    sams: samCandidates(object.kind, object.sam ?? undefined, object.guid),
    cns: cnCandidates(object.name, object.guid).map((cn) => ({ cn, dn: managedDn(cn, configuration.managed.ou) })),
  }));
  const taken = await takenNames(database, managedForest, configuration.customer, {
    sams: candidates.flatMap(({ sams }) => sams.map((sam) => sam.toLowerCase())),
    cns: candidates.flatMap(({ cns }) => cns.map(({ cn }) => cn.toLowerCase())),
    dns: candidates.flatMap(({ cns }) => cns.map(({ dn }) => dn.toLowerCase())),
  });
  const sams = new Set(taken.sams);
  const cns = new Set(taken.cns);
  return candidates.flatMap(({ object, sams: samChoices, cns: cnChoices }) => {
    const sam = samChoices.find((name) => !sams.has(name.toLowerCase())) ?? null;
    const cn = cnChoices.find(
      (choice) => !cns.has(choice.cn.toLowerCase()) && !taken.dns.has(choice.dn.toLowerCase()),
    )?.cn;
    if (cn === undefined || (sam === null && samChoices.length > 0)) return [];
    if (sam !== null) sams.add(sam.toLowerCase());
    cns.add(cn.toLowerCase());
    return [{ guid: object.guid, kind: object.kind, cn, sam }];
  });
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}
