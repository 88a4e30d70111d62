import type { ErrorDefinition } from './error-catalogue.ts';
import type { ObjectKind } from './objects.ts';

const NOT_MADE = 'No managed object is created for it, and none is adopted, until it is decided.';
const EVERY: readonly ObjectKind[] = ['user', 'contact', 'group'];

/** The errors of objects that match what is in the Managed Forest already, in a way that the rules can not decide. */
export const joinErrors = {
  SE811: {
    title: 'Several managed objects match',
    kinds: EVERY,
    condition:
      'The object has no managed object yet, and the join rules find several in the Managed Forest; the details name them and the rules.',
    impact: NOT_MADE,
    remedy:
      'Decide which one it is: take the value from the others in the Managed Forest, or start the workflow `decideJoin` for the object (docs/join.md).',
  },
  SE812: {
    title: 'Matching managed object belongs to another source object',
    kinds: EVERY,
    condition:
      'The managed object that the join rules find is joined to another source object, carries its anchor, or is found for it too.',
    impact: NOT_MADE,
    remedy:
      'Take the value that matches from the wrong one of the source objects, or start the workflow `decideJoin` for this object (docs/join.md).',
  },
  SE813: {
    title: 'Matching managed object can not be adopted',
    kinds: EVERY,
    condition:
      'The managed object that the join rules find is of another kind, an enabled account, outside the organizational units that objects are adopted from, or holds what no join rule knows where our anchor would be written.',
    impact: NOT_MADE,
    remedy:
      'Correct the managed object, or the rules and `join.containers` of the configuration; or start the workflow `decideJoin` for the object (docs/join.md).',
  },
  SE814: {
    title: 'Match waits for an answer',
    kinds: EVERY,
    condition:
      'Managed objects match by a rule that needs the judgement of an operator; the details name them and the rules.',
    impact: NOT_MADE,
    remedy:
      'Start the workflow `decideJoin` for the object: adopt one of them, or have a new one created (docs/join.md).',
  },
} as const satisfies Record<string, ErrorDefinition>;
