/**
 * How far a domain controller has come: by invocationId of each controller's database (dashed text), the USN up to which
 * its originating writes are held (the up-to-dateness vector of MS-DRSR 5.166, with the controller's own USN).
 */
export type UsnVector = ReadonlyMap<string, bigint>;

/** What a controller says of itself and of one naming context. */
export interface ControllerPosition {
  /** DNS name. */
  readonly controller: string;
  readonly invocationId: string;
  readonly highestUsn: bigint;
  /** Null when the controller does not show its vector. */
  readonly vector: UsnVector | null;
}

/** Up to where a naming context has been read, and from whom. */
export interface ReadPosition {
  readonly controller: string;
  readonly invocationId: string;
  readonly highestUsn: bigint;
  /** Holds everything that was read; null where it is not known. */
  readonly seen: UsnVector | null;
}

/**
 * - `first`: nothing has been read yet.
 * - `same`: the controller that was read before; its cookie and USNs hold.
 * - `caught up`: another controller that holds all that was read. A cookie goes on there, because it carries the vector
 *   of what it covers (MS-ADTS 3.1.1.3.4.1.3); a USN alone does not.
 * - `replaced`: the controller's database is another, or an older copy of its own: it was put back from a backup.
 * - `behind`: another controller that has not received all that was read, or does not tell. What it says of an object may
 *   be older than what was read.
 */
export type ControllerStanding = 'first' | 'same' | 'caught up' | 'replaced' | 'behind';

/** What reading from a controller would mean after what was read before; `read` is null before the first read. */
export function controllerStanding(read: ReadPosition | null, now: ControllerPosition): ControllerStanding {
  if (read === null) return 'first';
  if (read.invocationId === now.invocationId) return now.highestUsn < read.highestUsn ? 'replaced' : 'same';
  if (read.controller.toLowerCase() === now.controller.toLowerCase()) return 'replaced';
  return read.seen !== null && now.vector !== null && holds(now.vector, read.seen) ? 'caught up' : 'behind';
}

/** Whether everything that one vector covers is covered by the other. */
export function holds(vector: UsnVector, covered: UsnVector): boolean {
  return [...covered].every(([invocationId, usn]) => (vector.get(invocationId) ?? -1n) >= usn);
}
