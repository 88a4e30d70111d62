/** How one object of a person stands who is to be erased: there may be several, from before reconnections. */
export interface ErasableObject {
  /** It is deleted in the Customer Forest. */
  readonly gone: boolean;
  readonly inScope: boolean;
  /** It has changed since the rules last looked at it, or what they said is not taken in yet. */
  readonly unsettled: boolean;
}

/** What goes on with a person's identity; all false where there is none. */
export interface ErasableIdentity {
  readonly managed: boolean;
  readonly ending: boolean;
  readonly converting: boolean;
  /** Changes wait for an operator's answer, or are being written. */
  readonly writing: boolean;
  /** An operator is asked whether the services are those of a new source object. */
  readonly asked: boolean;
}

/** Why a person can not be erased now, each with what helps; empty where nothing is in the way. */
export function purgeRefusals(
  objects: readonly ErasableObject[],
  identities: readonly ErasableIdentity[],
): readonly string[] {
  const any = <T>(items: readonly T[], is: (item: T) => boolean): boolean => items.some(is);
  const reasons: string[] = [];
  if (any(objects, ({ gone, inScope }) => !gone && inScope))
    reasons.push(
      'It is in scope: the next cycle would make all of it anew. Have the customer delete it, or take it out of the scope.',
    );
  if (any(objects, ({ unsettled }) => unsettled))
    reasons.push('It has changed since the last cycle: let one run first (itasca sync).');
  if (any(identities, ({ ending }) => ending))
    reasons.push('Its services are about to end: wait until that is over (itasca object explain shows until when).');
  else if (any(identities, ({ managed }) => managed))
    reasons.push(
      'Its managed object is still there, and is managed: let it be removed first (docs/deprovisioning.md, the meaning remove).',
    );
  if (any(identities, ({ converting }) => converting)) reasons.push('Its mailbox is being converted.');
  if (any(identities, ({ writing }) => writing))
    reasons.push('Changes of it wait to be written or answered: itasca changes.');
  if (any(identities, ({ asked }) => asked))
    reasons.push('It is a candidate of a case that waits for an answer: itasca cases.');
  return reasons;
}

/** Why a whole customer can not be erased now; empty where nothing is in the way. */
export function customerPurgeRefusals(managed: number, leavesObjects: boolean): readonly string[] {
  if (managed === 0 || leavesObjects) return [];
  return [
    `${String(managed)} objects in the Managed Forest are managed for it. Have them deprovisioned first, or leave them there as they are, managed by nobody (--leave-objects).`,
  ];
}
