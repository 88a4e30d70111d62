import type { ErrorCode } from './error-catalogue.ts';

/** What a managed object is now, for the end of its services. */
export const HOLDINGS = [
  'none',
  'mailUser',
  'contact',
  'group',
  'linked',
  'shared',
  'sharedLinked',
  'room',
  'equipment',
  'lyncRoom',
  'inactive',
  'removed',
] as const;
export type Holding = (typeof HOLDINGS)[number];

/** Why the services of an object end or change. */
export const ENDINGS = ['removalValue', 'mailCleared', 'outOfScope', 'filtered', 'deleted'] as const;
export type Ending = (typeof ENDINGS)[number];
export const TRIGGERS = [...ENDINGS, 'returned', 'kindChanged'] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** What can be asked for when services end; the other two of the five meanings follow from what the object is. */
export const MEANINGS = ['mailUser', 'mailDisable', 'remove', 'nothing'] as const;
export type Meaning = (typeof MEANINGS)[number];

/** How services end: the five meanings of KB 2655364 without the inactive mailbox, which is not the end. */
export type End = 'mailUser' | 'mailDisable' | 'remove' | 'removeGroup';

/**
 * The ends by which an object leaves its groups (KB 2655364): whose mailbox is taken off may stay a member, and does; who is
 * mail-disabled or removed does not.
 */
export const LEAVING_GROUPS: readonly End[] = ['mailDisable', 'remove', 'removeGroup'];

export type Transition =
  | { readonly happens: End }
  | { readonly happens: 'nothing' }
  | { readonly happens: 'giveBack' }
  /** The mailbox becomes inactive until its litigation hold ends, and then what was asked for happens. */
  | { readonly happens: 'inactivate'; readonly then: End }
  /** The litigation hold must end first. */
  | { readonly happens: 'wait'; readonly then: End }
  | { readonly happens: 'refused'; readonly code: ErrorCode };

export interface Circumstances {
  readonly litigationHold: boolean;
  /** The source object has an error of its own or of a claim. */
  readonly inError: boolean;
}

export type Meanings = Readonly<Record<Ending, Meaning>>;

export const DEFAULT_MEANINGS: Meanings = {
  removalValue: 'mailUser',
  mailCleared: 'mailDisable',
  outOfScope: 'remove',
  filtered: 'remove',
  deleted: 'remove',
};

/**
 * Whether an object of which this is asked while it is in scope leaves the scope by it: flow would write again what
 * the end clears or hides, and what is to go passes the guard, as all that goes.
 */
export function takesOutOfScope(meaning: Meaning): boolean {
  return meaning === 'mailDisable' || meaning === 'remove';
}

/** What a meaning is for each kind of object. Where there is no mailbox to take off, or no mail, nothing is left to do. */
const ENDS: Readonly<Record<Holding, Readonly<Record<Exclude<Meaning, 'nothing'>, End | 'nothing'>>>> = {
  none: { mailUser: 'nothing', mailDisable: 'nothing', remove: 'remove' },
  mailUser: { mailUser: 'nothing', mailDisable: 'mailDisable', remove: 'remove' },
  contact: { mailUser: 'nothing', mailDisable: 'mailDisable', remove: 'remove' },
  group: { mailUser: 'nothing', mailDisable: 'removeGroup', remove: 'removeGroup' },
  linked: { mailUser: 'mailUser', mailDisable: 'mailDisable', remove: 'remove' },
  shared: { mailUser: 'mailUser', mailDisable: 'mailDisable', remove: 'remove' },
  sharedLinked: { mailUser: 'mailUser', mailDisable: 'mailDisable', remove: 'remove' },
  room: { mailUser: 'mailUser', mailDisable: 'mailDisable', remove: 'remove' },
  equipment: { mailUser: 'mailUser', mailDisable: 'mailDisable', remove: 'remove' },
  lyncRoom: { mailUser: 'mailUser', mailDisable: 'mailDisable', remove: 'remove' },
  inactive: { mailUser: 'mailUser', mailDisable: 'mailDisable', remove: 'remove' },
  removed: { mailUser: 'nothing', mailDisable: 'nothing', remove: 'nothing' },
};

const MAILBOXES: ReadonlySet<Holding> = new Set(['linked', 'shared', 'sharedLinked', 'room', 'equipment', 'lyncRoom']);

/** Nothing ends while the object is in error (KB 2655364): what it asks for can not be told. */
export const REFUSED_IN_ERROR: ErrorCode = 'PE401';
/** The recipient kind is fixed at first provisioning (KB 2830599). */
export const KIND_IS_FIXED: ErrorCode = 'PE403';

/**
 * What happens to a managed object when something of its source object asks for another state of its services (KB 2655364).
 * Total: each state has an answer to each trigger.
 *
 * @param meanings which end each trigger asks for, as the customer's configuration has it
 */
export function transition(
  has: Holding,
  trigger: Trigger,
  { litigationHold, inError }: Circumstances,
  meanings: Meanings = DEFAULT_MEANINGS,
): Transition {
  if (has === 'removed') return { happens: 'nothing' };
  if (trigger === 'kindChanged')
    return MAILBOXES.has(has) || has === 'inactive'
      ? { happens: 'refused', code: KIND_IS_FIXED }
      : { happens: 'nothing' };
  if (trigger === 'returned') return inError ? { happens: 'refused', code: REFUSED_IN_ERROR } : { happens: 'giveBack' };
  const meaning = meanings[trigger];
  const end = meaning === 'nothing' ? 'nothing' : ENDS[has][meaning];
  if (end === 'nothing') return { happens: 'nothing' };
  // Nobody can correct what has been deleted.
  if (inError && trigger !== 'deleted') return { happens: 'refused', code: REFUSED_IN_ERROR };
  if (!litigationHold) return { happens: end };
  return { happens: MAILBOXES.has(has) ? 'inactivate' : 'wait', then: end };
}
