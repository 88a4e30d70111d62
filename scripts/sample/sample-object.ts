import type { ErrorCode } from '../../rules/error-catalogue.ts';

/** A value as it is stored: text, or bytes for binary attributes. */
export type SampleValue = string | Buffer;

export type SampleKind = 'organizationalUnit' | 'contact' | 'user' | 'group';

/** What is deliberately wrong with an object of the sample. */
export interface Mistake {
  /** In words, for whoever reads a report about it. */
  readonly what: string;
  /** The error that it must cause. Absent where a mistake only keeps the object out of scope. */
  readonly code?: ErrorCode;
}

/** One object of the sample customer's directory, as it is to be added. */
export interface SampleObject {
  readonly dn: string;
  readonly kind: SampleKind;
  /** All attributes but the linked ones, objectClass included. The RDN's own is left to the directory. */
  readonly attributes: Readonly<Record<string, readonly SampleValue[]>>;
  /** Linked attributes (`manager`, `member`, `managedBy`): DNs of other objects of the sample. */
  readonly links: Readonly<Record<string, readonly string[]>>;
  readonly mistake?: Mistake;
}
