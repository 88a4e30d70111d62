import type { ControllerPosition, UsnVector } from '../rules/controllers.ts';
import { readBase, type RootDse } from './root-dse.ts';
import type { LdapSession } from './session.ts';
import { guidText } from './values.ts';

const HEADER = 16;

/**
 * Reads an up-to-dateness vector as a naming context's head stores it (MS-DRSR 5.167 UPTODATE_VECTOR_V1_EXT and 5.168
 * V2_EXT, little-endian; V2 adds a time to each cursor). Undefined for any other content.
 */
export function parseUpToDateVector(bytes: Buffer): UsnVector | undefined {
  if (bytes.length < HEADER) return undefined;
  const version = bytes.readUInt32LE(0);
  const count = bytes.readUInt32LE(8);
  const size = version === 1 ? 24 : 32;
  if ((version !== 1 && version !== 2) || bytes.length < HEADER + count * size) return undefined;
  const vector = new Map<string, bigint>();
  for (let at = HEADER; vector.size < count && at < HEADER + count * size; at += size) {
    const invocationId = guidText(bytes.subarray(at, at + 16));
    if (invocationId === undefined) return undefined;
    vector.set(invocationId, bytes.readBigUInt64LE(at + 16));
  }
  return vector;
}

/** How far the controller has come with a naming context. One that never replicated has no vector but its own USN. */
export async function readPosition(
  session: LdapSession,
  dse: RootDse,
  namingContext: string,
): Promise<ControllerPosition> {
  const head = await readBase(session, namingContext, ['replUpToDateVector']);
  const stored = head.get('repluptodatevector')?.[0];
  const partners = stored === undefined ? new Map<string, bigint>() : parseUpToDateVector(stored);
  return {
    controller: dse.dnsHostName,
    invocationId: dse.invocationId,
    highestUsn: dse.highestCommittedUSN,
    vector: partners === undefined ? null : new Map([...partners, [dse.invocationId, dse.highestCommittedUSN]]),
  };
}
