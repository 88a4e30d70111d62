import type { AttributeImage } from './attributes.ts';

/** The kinds of object that cross from a Customer Forest into the Managed Forest. */
export type ObjectKind = 'user' | 'contact' | 'group';

/** One object of a Customer Forest as staged in the source connector space. */
export interface SourceObject {
  /** objectGUID, lower-case dashed text: the anchor. */
  readonly guid: string;
  readonly kind: ObjectKind;
  readonly dn: string;
  readonly attributes: AttributeImage;
}

/** The first value of an attribute, or undefined when it is absent. */
export function first(attributes: AttributeImage, name: string): string | undefined {
  return attributes[name]?.[0];
}

/** All values of an attribute; none when it is absent. */
export function all(attributes: AttributeImage, name: string): readonly string[] {
  return attributes[name] ?? [];
}

/**
 * The kind that an entry's objectClass values stand for, or null for classes that are never synchronized.
 * inetOrgPerson is a subclass of user in Active Directory; computer and managed service accounts are too, and are left out.
 */
export function kindOf(objectClasses: readonly string[]): ObjectKind | null {
  const classes = new Set(objectClasses.map((name) => name.toLowerCase()));
  if (classes.has('computer')) return null;
  if (classes.has('user')) return 'user';
  if (classes.has('contact')) return 'contact';
  if (classes.has('group')) return 'group';
  return null;
}
