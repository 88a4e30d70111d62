import { PresenceFilter, ResultCodeError, SearchRequest } from 'ldapts';
import { OnlyDaclControl } from './controls.ts';
import { RESULT } from './errors.ts';
import { readBase } from './root-dse.ts';
import type { LdapSession } from './session.ts';
import { sidText } from './values.ts';

/** What the account that asks may change of one object, as the server itself works it out (MS-ADTS 3.1.1.4.5). */
export interface EffectiveRights {
  /** Attributes that it may write (allowedAttributesEffective). */
  readonly attributes: readonly string[];
  /** Classes of which it may add objects below (allowedChildClassesEffective). */
  readonly children: readonly string[];
  /** It may change the owner or the access control list (sDRightsEffective). */
  readonly security: boolean;
  /** Computers that any account may add to the domain; of the head of a domain only. */
  readonly machineAccounts: number;
}

/** SIDs of the account that asks, and of all its groups (tokenGroups of the root DSE). */
export async function accountSids(session: LdapSession): Promise<readonly string[]> {
  const root = await readBase(session, '', ['tokenGroups']);
  return (root.get('tokengroups') ?? []).flatMap((value) => sidText(value) ?? []);
}

/** Null when the object is not there, or may not be seen. */
export async function effectiveRights(session: LdapSession, base: string): Promise<EffectiveRights | null> {
  const names = ['allowedAttributesEffective', 'allowedChildClassesEffective', 'sDRightsEffective'];
  const values = await orNull(readBase(session, base, [...names, 'ms-DS-MachineAccountQuota', 'objectClass']));
  if (values === null || values.size === 0) return null;
  const texts = (name: string): readonly string[] => (values.get(name) ?? []).map((value) => value.toString());
  return {
    attributes: texts('allowedattributeseffective'),
    children: texts('allowedchildclasseseffective'),
    security: (Number(texts('sdrightseffective')[0] ?? 0) & 7) !== 0,
    machineAccounts: Number(texts('ms-ds-machineaccountquota')[0] ?? 0),
  };
}

/** The security descriptor of an object with its DACL alone; null where the account may not read it. */
export async function accessList(session: LdapSession, base: string): Promise<Buffer | null> {
  let descriptor: Buffer | null = null;
  const search = session.send(
    (messageId) =>
      new SearchRequest({
        messageId,
        baseDN: base,
        scope: 'base',
        filter: new PresenceFilter({ attribute: 'objectClass' }),
        attributes: ['nTSecurityDescriptor'],
        timeLimit: 0,
        controls: [new OnlyDaclControl()],
      }),
    (entry) => {
      descriptor = entry.attributes[0]?.parsedBuffers[0] ?? null;
    },
  );
  await orNull(search);
  return descriptor;
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ResultCodeError && error.code === RESULT.noSuchObject) return null;
    throw error;
  }
}
