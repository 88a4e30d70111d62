import type { AttributeImage } from '../rules/attributes.ts';

/** What a DN-valued attribute points at. Active Directory names the target's GUID and, for principals, its SID. */
export interface LinkTarget {
  /** objectGUID, lower-case dashed text; null where the directory did not tell (a stale or foreign name). */
  readonly guid: string | null;
  /** objectSid as `S-1-...`; null for objects that have none. */
  readonly sid: string | null;
  readonly dn: string;
}

/** Targets by canonical attribute name. */
export type LinkImage = Readonly<Record<string, readonly LinkTarget[]>>;

/** One object as a search returned it. */
export interface DirectoryEntry {
  readonly dn: string;
  /** objectGUID, lower-case dashed text. */
  readonly guid: string;
  /** The requested attributes that are not DN-valued and have values. Values are sorted by code unit. */
  readonly attributes: AttributeImage;
  /** The requested DN-valued attributes that have values, sorted by DN. */
  readonly links: LinkImage;
  /**
   * DN-valued attributes of which the server sent only the first values (MaxValRange, 1,500 by default), with the
   * index of the first value that is missing. Drop these values and read the whole list with `DirectoryReader.ranges`.
   */
  readonly incompleteRanges: Readonly<Record<string, number>>;
  /**
   * Requested attributes that have a value which does not fit their syntax (text that is not UTF-8, a GUID that is not
   * 16 bytes). They are missing from `attributes`: their real value is not known, which is not the same as empty.
   */
  readonly malformed: readonly string[];
}

/** One object of a DirSync answer: what changed in it since the cookie. */
export interface DirSyncEntry {
  /** As it is now. The DNs of objects below a renamed container change without an entry of their own. */
  readonly dn: string;
  readonly guid: string;
  /** True for a tombstone; false says nothing about a deletion. */
  readonly deleted: boolean;
  /** It was deleted and is back (MS-ADTS 3.1.1.5.3.7): what its tombstone had lost is not told where it was lost before the cookie. */
  readonly returned: boolean;
  /** Set when the object was created, renamed or moved (and on deletion: the Deleted Objects container's). */
  readonly parentGuid: string | null;
  /** Where a deleted object was; not repeated when unchanged, so do not rely on it. */
  readonly lastKnownParent: LinkTarget | null;
  /** Requested attributes that changed, with all their values; `[]` when cleared, absent when unchanged. */
  readonly changed: AttributeImage;
  /** Values that were added to linked attributes. */
  readonly linkAdds: LinkImage;
  /** Values that were removed from linked attributes. */
  readonly linkRemoves: LinkImage;
  /** DN-valued attributes that the server reports as a whole: all values they have now, `[]` when cleared. */
  readonly linkSets: LinkImage;
  /** As in {@link DirectoryEntry.malformed}. */
  readonly malformed: readonly string[];
}

/** One step of reading a long DN-valued attribute. */
export type RangeStep =
  | { readonly kind: 'values'; readonly values: readonly LinkTarget[] }
  /** The list changed while it was read: drop what came so far, it starts again. */
  | { readonly kind: 'restart' }
  /** The holder does not exist any more: drop what came so far. The last step. */
  | { readonly kind: 'gone' };
