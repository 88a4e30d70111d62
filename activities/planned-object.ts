import { formatAnchor } from '../rules/anchor.ts';
import type { AttributeImage } from '../rules/attributes.ts';
import { attributeChange } from '../rules/change.ts';
import type { Configuration } from '../rules/configuration.ts';
import { flowOf, rulesFor, valueOwned } from '../rules/flow.ts';
import type { PlannableIdentity } from '../store/identities.ts';
import type { Pins } from '../store/pins.ts';
import type { PlannedObject } from '../store/plan.ts';

/**
 * The change that an identity's managed object needs by what is known of both sides, or null. What is pinned is left out.
 * Asked again just before an approved change is written: only what is still the answer is.
 */
export function plannedObject(
  identity: PlannableIdentity,
  configuration: Configuration,
  forest: string,
  pins: Pins | undefined,
): PlannedObject | null {
  const common = { identityId: identity.id, managedGuid: identity.managedGuid, owned: ownedValues(identity, pins) };
  if (identity.lost !== null)
    return pins?.disconnect === true
      ? null
      : {
          ...common,
          operation: 'disconnect',
          before: { state: ['connected'] },
          after: { state: ['disconnected'] },
          owned: {},
          rule: identity.lost,
        };
  if (!identity.live) return null;
  if (identity.managedGuid === null || identity.managed === null) {
    if (pins?.add === true) return null;
    const anchor = formatAnchor({ customer: configuration.customer, forest, guid: identity.sourceGuid });
    const after = {
      ...identity.wanted,
      [configuration.managed.anchorAttribute]: [anchor],
      ...(identity.sam === null ? {} : { sAMAccountName: [identity.sam] }),
    };
    return {
      ...common,
      operation: 'add',
      managedGuid: null,
      before: {},
      after,
      rule: 'in scope without a managed object',
    };
  }
  const flow = flowOf(configuration);
  const change = attributeChange(flow, identity.kind, identity.wanted, identity.managed, identity.written);
  if (change === null) return null;
  const pinned = new Set(pins?.attributes);
  const after = without(change.after, pinned);
  if (Object.keys(after).length === 0) return null;
  return {
    ...common,
    operation: 'modify',
    before: without(change.before, pinned),
    after,
    rule: rulesFor(flow, identity.kind, Object.keys(after)),
  };
}

/** Of attributes that are owned by value, what flow wants: the values that are ours once they are written. */
export function ownedValues(identity: PlannableIdentity, pins: Pins | undefined): AttributeImage {
  const owned = Object.fromEntries([...valueOwned].map((name) => [name, identity.wanted[name] ?? []]));
  return without(owned, new Set(pins?.attributes));
}

function without(image: AttributeImage, names: ReadonlySet<string>): AttributeImage {
  return names.size === 0 ? image : Object.fromEntries(Object.entries(image).filter(([name]) => !names.has(name)));
}
