/** The source object that a managed object stands for. */
export interface Anchor {
  readonly customer: string;
  readonly forest: string;
  /** objectGUID, lower-case dashed text. */
  readonly guid: string;
}

const FORM = /^([a-z][a-z0-9-]{0,30})\/([a-z][a-z0-9-]{0,30})\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The text that the anchor attribute of a managed object carries: `<customer>/<forest>/<objectGUID>`. */
export function formatAnchor(anchor: Anchor): string {
  return `${anchor.customer}/${anchor.forest}/${anchor.guid}`;
}

/** Reads an anchor attribute's value; null when it is not one of ours (another engine may use the same attribute). */
export function parseAnchor(text: string): Anchor | null {
  const [, customer, forest, guid] = FORM.exec(text) ?? [];
  if (customer === undefined || forest === undefined || guid === undefined) return null;
  return { customer, forest, guid };
}
