import { formatAnchor } from '../rules/anchor.ts';
import type { AttributeImage } from '../rules/attributes.ts';
import { attributeChange, sameValues, type AttributeChange } from '../rules/change.ts';
import type { Configuration } from '../rules/configuration.ts';
import { heldBack } from '../rules/deprovisioned.ts';
import { deletedTooOften } from '../rules/deletions.ts';
import { flowOf, rulesFor, type Flow } from '../rules/flow.ts';
import { legacyExchangeDnOf, plannedRecipient, RECIPIENT_ATTRIBUTES } from '../rules/recipient-image.ts';
import type { PlannableIdentity } from '../store/identities.ts';
import type { Pins } from '../store/pins.ts';
import type { PlannedObject } from '../store/plan.ts';

/**
 * The change that an identity's managed object needs by what is known of both sides, or null. What is pinned is left out,
 * and what an end of services that goes on has taken: it gives that back itself.
 * Asked again just before an approved change is written: only what is still the answer is.
 */
export function plannedObject(
  identity: PlannableIdentity,
  configuration: Configuration,
  forest: string,
  pins: Pins | undefined,
): PlannedObject | null {
  const recipient = recipientOf(identity, configuration);
  const common = {
    identityId: identity.id,
    managedGuid: identity.managedGuid,
    owned: ownedValues(identity, configuration, pins),
  };
  if (identity.lost !== null)
    return pins?.disconnect === true
      ? null
      : {
          ...common,
          operation: 'disconnect',
          before: { state: [identity.state] },
          after: { state: ['disconnected'] },
          owned: {},
          rule: identity.lost,
        };
  if (!identity.live || identity.missed || identity.conflict) return null;
  const { anchorAttribute } = configuration.managed;
  const anchor = anchorOf(identity, configuration, forest);
  if (identity.managedGuid === null || identity.managed === null) {
    if (pins?.add === true || isStopped(identity, configuration)) return null;
    const after = {
      ...withoutRecipient(identity),
      ...withoutEmpty(recipient),
      [anchorAttribute]: [anchor],
      ...(identity.sam === null ? {} : { sAMAccountName: [identity.sam] }),
    };
    if (identity.deletedGuid !== null)
      return {
        ...common,
        operation: 'undelete',
        managedGuid: identity.deletedGuid,
        before: {},
        after,
        rule: 'deleted in the Managed Forest by somebody else',
      };
    return {
      ...common,
      operation: 'add',
      managedGuid: null,
      before: {},
      after,
      rule:
        identity.deletions.length === 0
          ? 'in scope without a managed object'
          : 'deleted in the Managed Forest by somebody else, and not to be brought back: built anew',
    };
  }
  const flow = flowOf(configuration);
  const change = withAnchor(
    attributeChange(flow, identity.kind, identity.wanted, identity.managed, identity.written, recipient),
    identity.managed,
    anchorAttribute,
    anchor,
  );
  if (change === null) return null;
  const { ending } = identity;
  const left = new Set([...(pins?.attributes ?? []), ...(ending === null ? [] : heldBack(ending.end, ending.had))]);
  const after = without(change.after, left);
  if (Object.keys(after).length === 0) return null;
  return {
    ...common,
    operation: 'modify',
    before: without(change.before, left),
    after,
    rule: ruleOf(identity, flow, after, anchorAttribute),
  };
}

/** What the anchor attribute of an identity's managed object shall hold. */
export function anchorOf(identity: PlannableIdentity, configuration: Configuration, forest: string): string {
  return formatAnchor({ customer: configuration.customer, forest, guid: identity.sourceGuid });
}

/** The change with the anchor put right: where the object was adopted, or where somebody has changed or cleared it. */
function withAnchor(
  change: AttributeChange | null,
  managed: AttributeImage,
  attribute: string,
  anchor: string,
): AttributeChange | null {
  const shown = managed[attribute] ?? [];
  if (sameValues(shown, [anchor])) return change;
  return { before: { ...change?.before, [attribute]: shown }, after: { ...change?.after, [attribute]: [anchor] } };
}

/** Whether an identity's managed object was deleted so often that it is left to an operator. */
export function isStopped(identity: PlannableIdentity, configuration: Configuration): boolean {
  return (
    identity.live &&
    identity.managed === null &&
    deletedTooOften(identity.deletions, configuration.managed.undelete, new Date())
  );
}

/** Why the attributes of an object are changed: by the flow, and where it has no anchor of ours yet, because it is adopted. */
function ruleOf(
  { kind, joinedBy }: PlannableIdentity,
  flow: Flow,
  after: AttributeImage,
  anchorAttribute: string,
): string {
  const names = Object.keys(after).filter((name) => name !== anchorAttribute);
  const rules = [
    ...(anchorAttribute in after ? [joinedBy === null ? 'anchor' : `adopted by ${joinedBy}`] : []),
    ...(names.length > 0 ? [rulesFor(flow, kind, names)] : []),
  ];
  return rules.join('; ');
}

/** Of attributes that are owned by value, what flow wants: the values that are ours once they are written. */
export function ownedValues(
  identity: PlannableIdentity,
  configuration: Configuration,
  pins: Pins | undefined,
): AttributeImage {
  const { proxyAddresses = [] } = identity.wanted;
  // The address lists of a mailbox are its service's to record.
  const { showInAddressBook } = recipientOf(identity, configuration);
  const owned = { proxyAddresses, ...(showInAddressBook === undefined ? {} : { showInAddressBook }) };
  return without(owned, new Set(pins?.attributes));
}

/** The recipient attributes that are flow's to write of the managed object; none where it has a mailbox. */
function recipientOf(identity: PlannableIdentity, { exchange }: Configuration): AttributeImage {
  if (identity.served) return {};
  const { kind, wanted, managed, joinedBy, id } = identity;
  const legacyExchangeDn = legacyExchangeDnOf(exchange.recipientsDn, id);
  return plannedRecipient({ kind, wanted, managed, adopted: joinedBy !== null, legacyExchangeDn });
}

/** What flow wants of an object but for what makes it a recipient. */
function withoutRecipient({ kind, wanted }: PlannableIdentity): AttributeImage {
  // What a contact's mail goes to flows as it is.
  const names = RECIPIENT_ATTRIBUTES.filter((name) => name !== 'targetAddress' || kind === 'user');
  return without(wanted, new Set<string>(names));
}

function withoutEmpty(image: AttributeImage): AttributeImage {
  return Object.fromEntries(Object.entries(image).filter(([, values]) => values.length > 0));
}

function without(image: AttributeImage, names: ReadonlySet<string>): AttributeImage {
  return names.size === 0 ? image : Object.fromEntries(Object.entries(image).filter(([name]) => !names.has(name)));
}
