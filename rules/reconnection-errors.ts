import type { ErrorDefinition } from './error-catalogue.ts';
import type { ObjectKind } from './objects.ts';

const NOT_MADE =
  'Nothing is created for it, above all no second mailbox; the identity that has the services keeps them as they are.';
const EVERY: readonly ObjectKind[] = ['user', 'contact', 'group'];
const ANSWER =
  'Answer the case: updates `approve` or `reject` of its workflow `reconnectServices`, or `itasca cases` (docs/reconnection.md).';

/** The errors of new source objects that may be somebody whose services are there already. */
export const reconnectionErrors = {
  SE821: {
    title: 'Reconnection waits for an answer',
    kinds: EVERY,
    condition:
      'Evidence that needs a judgement says that this new object is somebody whose old source object is gone; the details name that and the evidence.',
    impact: NOT_MADE,
    remedy: ANSWER,
  },
  SE822: {
    title: 'Several candidates for a reconnection',
    kinds: EVERY,
    condition:
      'Evidence finds several identities for this new object, or several new objects for one identity; the details name them.',
    impact: NOT_MADE,
    remedy:
      'Choose which one it is: update `choose` of the workflow `reconnectServices`, or `itasca cases choose`; or take the value that matches from the wrong one (docs/reconnection.md).',
  },
  SE823: {
    title: 'Old source object is still there',
    kinds: EVERY,
    condition:
      'Evidence says that this new object is somebody whose old source object is still there, in scope or not; the details name that and the evidence.',
    impact: NOT_MADE,
    remedy:
      'None is needed when the old object is about to be deleted: the case resolves itself then. For a migration, give a migration map or approve the case. If they are two people, take the value that matches from the wrong one, or reject the case (docs/reconnection.md).',
  },
  SE824: {
    title: 'Too many automatic reconnections in one cycle',
    kinds: EVERY,
    condition:
      'The object would be reconnected by itself, but more would be in this cycle than `reconnection.limit` allows.',
    impact: NOT_MADE,
    remedy:
      'If they are right, approve them as one list by a migration map, or approve the cases; else find out what fills the attribute that matches (docs/reconnection.md).',
  },
} as const satisfies Record<string, ErrorDefinition>;
