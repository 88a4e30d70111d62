import { sameValues } from '../rules/change.ts';
import type { ApprovedChange } from '../store/approved.ts';
import type { PlannableIdentity } from '../store/identities.ts';
import type { Refusal } from './apply-hold.ts';

/** What of an approved change of an undo is not put back after all: the managed object shows something else by now. */
export function stillUndone(
  change: ApprovedChange,
  identity: PlannableIdentity,
  served: ReadonlySet<string>,
): Refusal | null {
  const answer = 'changed since by something else';
  switch (change.operation) {
    case 'modify': {
      const shown = identity.managed;
      if (shown === null) return { attributes: null, answer: 'the managed object is gone' };
      const attributes = Object.keys(change.after).filter(
        (name) => !sameValues(change.before[name] ?? [], shown[name] ?? []),
      );
      return attributes.length === 0 ? null : { attributes, answer };
    }
    case 'disconnect':
      return change.before['state']?.[0] === identity.state ? null : { attributes: null, answer };
    case 'add':
    case 'undelete':
    case 'delete':
      if (identity.managed === null) return { attributes: null, answer: 'the managed object is gone' };
      return served.has(identity.id)
        ? { attributes: null, answer: 'it has a mailbox, which is ended by deprovisioning' }
        : null;
  }
}
