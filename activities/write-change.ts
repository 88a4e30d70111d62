import { equal } from '../directory/filter.ts';
import type { AttributeChange, RefusedWrite } from '../directory/outcome.ts';
import type { DirectoryWriter } from '../directory/writer.ts';
import type { AttributeImage } from '../rules/attributes.ts';
import type { Configuration } from '../rules/configuration.ts';
import type { ErrorCode } from '../rules/error-catalogue.ts';
import { mangledName } from '../rules/dn.ts';
import { valueOwned } from '../rules/flow.ts';
import { first, type ObjectKind } from '../rules/objects.ts';
import type { PlannedChange } from '../store/plan.ts';
import { isTombstone } from './managed-absent.ts';
import { managedDn } from './name-identities.ts';

/** The object classes of a new managed object. */
export const CLASSES: Readonly<Record<ObjectKind, readonly string[]>> = {
  user: ['top', 'person', 'organizationalPerson', 'user'],
  contact: ['top', 'person', 'organizationalPerson', 'contact'],
  group: ['top', 'group'],
};

/** Why a change was not written: the error that its object gets. */
export interface Failure {
  readonly code: ErrorCode;
  readonly answer: string;
  /** The name that somebody else has, so that another one must be chosen. */
  readonly nameTaken?: 'cn' | 'sam';
  /** The deleted object can not be brought back. */
  readonly gone?: true;
}

/** Writes one planned change of one managed object; what was written before, by a step that did not live to record it, is done. */
export function writeChange(
  writer: DirectoryWriter,
  configuration: Configuration,
  change: PlannedChange,
): Promise<Failure | null> {
  switch (change.operation) {
    case 'add':
      return add(writer, configuration, change);
    case 'undelete':
      return undelete(writer, configuration, change);
    case 'modify':
      return modify(writer, change);
    case 'link':
      return link(writer, change);
    case 'delete':
      return remove(writer, change);
    case 'disconnect':
      // Nothing is written: the identity's state changes with the recording.
      return Promise.resolve(null);
  }
}

async function add(
  writer: DirectoryWriter,
  configuration: Configuration,
  change: PlannedChange & { operation: 'add' },
): Promise<Failure | null> {
  const dn = managedDn(change.cn, configuration.managed.ou);
  const outcome = await writer.add(dn, { objectClass: CLASSES[change.kind], ...change.after });
  if (outcome.ok) return null;
  if (outcome.reason !== 'exists') return refused(outcome);
  const anchorAttribute = configuration.managed.anchorAttribute;
  const present = await writer.reader.read({ dn }, [anchorAttribute]);
  if (present === null && change.again)
    return { code: 'SE913', answer: `${dn} is there, and the account can not read it` };
  if (present === null)
    return {
      code: 'SE902',
      answer: `sAMAccountName ${first(change.after, 'sAMAccountName') ?? ''} is taken`,
      nameTaken: 'sam',
    };
  // Written before, by a step that did not live to record it.
  if (first(present.attributes, anchorAttribute) === first(change.after, anchorAttribute)) return null;
  return { code: 'SE902', answer: `${dn} is another object`, nameTaken: 'cn' };
}

/**
 * Brings a deleted object back where it was, or in the customer's organizational unit, and writes again what its tombstone
 * has lost. One that is back already, by a step that did not live to record it, is only written.
 */
async function undelete(
  writer: DirectoryWriter,
  { managed }: Configuration,
  change: PlannedChange & { operation: 'undelete' },
): Promise<Failure | null> {
  const found = await writer.reader.read({ guid: change.managedGuid }, ['isDeleted'], { showDeleted: true });
  if (found === null) return { code: 'SE911', answer: 'its tombstone is gone', gone: true };
  if (isTombstone(found)) {
    const sam = first(change.after, 'sAMAccountName');
    const named = sam === undefined ? {} : { sAMAccountName: [sam] };
    // Samba would give it to two.
    if (sam !== undefined && (await isTaken(writer, managed.namingContext, sam)))
      return { code: 'SE902', answer: `sAMAccountName ${sam} is taken`, nameTaken: 'sam' };
    const back = managedDn(change.cn, managed.ou);
    const where = change.lastDn === null || mangledName(change.lastDn) !== undefined ? [back] : [change.lastDn, back];
    let outcome = await writer.reanimate(found.dn, where[0] ?? back, named);
    // Somebody has its name by now, or its organizational unit is gone.
    if (!outcome.ok && where.length > 1 && ['exists', 'absent'].includes(outcome.reason))
      outcome = await writer.reanimate(found.dn, back, named);
    if (!outcome.ok && outcome.reason === 'exists' && (await writer.reader.read({ dn: back }, [])) !== null)
      return { code: 'SE902', answer: `${back} is another object`, nameTaken: 'cn' };
    if (!outcome.ok && outcome.reason === 'absent') return refused(outcome);
    if (!outcome.ok) return { ...refused(outcome), code: 'SE911', gone: true };
  }
  const changes = Object.entries(change.after).map(([attribute, values]): AttributeChange => ({
    operation: 'replace',
    attribute,
    values,
  }));
  const outcome = await writer.modify({ guid: change.managedGuid }, changes);
  return outcome.ok ? null : refused(outcome);
}

/** Whether an object that is not deleted has the logon name. */
async function isTaken(writer: DirectoryWriter, base: string, sam: string): Promise<boolean> {
  const query = { base, scope: 'sub', filter: equal('sAMAccountName', sam), attributes: [], pageSize: 2 } as const;
  for await (const page of writer.reader.pages(query)) if (page.length > 0) return true;
  return false;
}

async function modify(
  writer: DirectoryWriter,
  change: PlannedChange & { operation: 'modify' },
): Promise<Failure | null> {
  const outcome = await writer.modify({ guid: change.managedGuid }, attributeChanges(change.before, change.after));
  return outcome.ok ? null : refused(outcome);
}

/** Attributes that are owned whole are replaced; of those owned by value only our values leave and come, removals first. */
function attributeChanges(before: AttributeImage, after: AttributeImage): readonly AttributeChange[] {
  return Object.entries(after).flatMap(([attribute, values]): AttributeChange[] => {
    if (!valueOwned.has(attribute)) return [{ operation: 'replace', attribute, values }];
    const have = before[attribute] ?? [];
    const gone = have.filter((value) => !values.includes(value));
    const come = values.filter((value) => !have.includes(value));
    return [
      ...(gone.length > 0 ? [{ operation: 'delete' as const, attribute, values: gone }] : []),
      ...(come.length > 0 ? [{ operation: 'add' as const, attribute, values: come }] : []),
    ];
  });
}

async function link(writer: DirectoryWriter, change: PlannedChange & { operation: 'link' }): Promise<Failure | null> {
  const value = (guid: string): string => `<GUID=${guid}>`;
  const { failures } = await writer.changeLinks({ guid: change.managedGuid }, change.attribute, {
    add: change.after.map(value),
    remove: change.before.map(value),
  });
  const [firstFailure] = failures;
  if (firstFailure === undefined) return null;
  return {
    code: 'SE901',
    answer: `${change.attribute}: ${String(failures.length)} values were refused, the first with ${String(firstFailure.outcome.code)}: ${firstFailure.outcome.message}`,
  };
}

async function remove(
  writer: DirectoryWriter,
  change: PlannedChange & { operation: 'delete' },
): Promise<Failure | null> {
  const outcome = await writer.remove({ guid: change.managedGuid });
  return outcome.ok || outcome.reason === 'absent' ? null : refused(outcome);
}

function refused(outcome: RefusedWrite): Failure {
  return { code: 'SE901', answer: `${String(outcome.code)}: ${outcome.message}` };
}
