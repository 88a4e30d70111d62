import type { Ending } from '../../rules/transitions.ts';
import type { ReportedEnding } from '../../store/report-waiting.ts';

/** What the totals of a report are called, in the order in which they are shown. */
export const TOTALS = {
  users: 'users',
  contacts: 'contacts',
  groups: 'groups',
  mailboxes: 'mailboxes',
  voice: 'with voice',
  servicesOpen: 'services under way',
  servicesBlocked: 'services that wait for a correction',
  inError: 'objects in error',
  ending: 'whose services end',
  waiting: 'questions that wait for an answer',
} as const;

const WHY: Readonly<Record<Ending, string>> = {
  removalValue: 'the removal value asks for it',
  mailCleared: 'mail was cleared',
  outOfScope: 'left the organizational units in scope',
  filtered: 'a rule of the scope leaves it out',
  deleted: 'was deleted',
};

const STAGE: Readonly<Record<ReportedEnding['stage'], string>> = {
  grace: 'nothing is undone yet: services are taken off at the deadline',
  hold: 'inactive until the litigation hold ends',
  retention: 'taken off: can be given back until the deadline',
};

export function whyItEnds({ ending }: ReportedEnding): string {
  return ending === null ? '' : WHY[ending];
}

export function howItStands({ stage, delayedBy }: ReportedEnding): string {
  return delayedBy === null ? STAGE[stage] : `${STAGE[stage]}; the clock was stopped by ${delayedBy}`;
}
