/** What is known of the two that an operator wants to be the same. */
export interface PairFacts {
  /** Null where the new source object is not staged, or gone. */
  readonly object: { readonly kind: string; readonly ownManaged: string | null } | null;
  /** Null where the customer has no such identity. */
  readonly identity: {
    readonly kind: string;
    readonly managedGuid: string | null;
    /** The source object that it has now is the new one. */
    readonly hasIt: boolean;
  } | null;
}

/** Why two can not be the same, whatever an operator says; null when they can. Names no person. */
export function pairFault({ object, identity }: PairFacts): string | null {
  if (object === null) return 'there is no such source object';
  if (identity === null) return 'there is no such managed object of this customer';
  if (identity.hasIt) return 'they belong together already';
  if (identity.managedGuid === null)
    return 'the identity has no managed object any more: there is nothing to reconnect';
  if (object.kind !== identity.kind)
    return `the source object is a ${object.kind}, the managed object a ${identity.kind}`;
  return object.ownManaged === null
    ? null
    : `the source object has a managed object of its own, ${object.ownManaged}; have that removed first`;
}
