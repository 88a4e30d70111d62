import type { HeldList } from '../activities/types.ts';
import type { CycleProgress } from './messages.ts';

const NAMES: Readonly<Record<string, string>> = {
  managed: 'managed objects read',
  read: 'source objects read',
  whole: 'domains read whole',
  dirSync: 'domains read by DirSync',
  objectSecurity: 'domains read by DirSync with the own rights of the account',
  usn: 'domains read by uSNChanged',
  stale: 'domains that could not be read',
  changed: 'changed since the last read',
  absent: 'absent from this read',
  gone: 'gone from the Customer Forest',
  unreadable: 'domains in which no object is readable any more: not read',
  short: 'domains read suspiciously short: nothing counted as absent',
  hidden: 'hidden from the account, but not deleted',
  lostAttributes: 'attributes that are not readable any more: values kept',
  warnings: 'warnings about reading the forest',
  evaluated: 'evaluated',
  inScope: 'of these in scope',
  joined: 'joined by their anchor',
  reconnected: 'reconnected: new source objects that got the services that they had',
  reconnectionCases: 'that wait, because they may be somebody who has services',
  adopted: 'adopted: managed objects that were there before',
  joinReview: 'that wait for an answer, whether a managed object is theirs',
  toCreate: 'that match nothing and are to be created',
  unmatchedManaged: "managed objects that are no source object's",
  disconnected: 'disconnected',
  errors: 'objects in error',
  planned: 'object changes planned',
  held: 'changes that wait for approval',
  pinned: 'pinned: undone or rejected, not planned again',
  reversible: 'changes that can be put back',
  conflicts: 'changed since by something else, left alone',
  drifted: 'of the changes, corrections of what somebody else changed',
  driftReported: 'managed objects that somebody else changed, left so',
  plannedReferences: 'reference changes planned',
  written: 'changes written',
  failed: 'changes refused',
  started: 'object workflows started',
  provisioned: 'services provisioned',
  blocked: 'services that wait for a correction',
  open: 'services still under way',
  confirmed: 'changes confirmed',
  unconfirmed: 'changes not shown by the confirming read',
  notices: 'notices about the Managed Forest',
};

/** The current details of a cycle, in Markdown, for the Temporal UI. */
export function cycleDetails(progress: CycleProgress, next: string): string {
  // In the order of the names above, and without what there was none of: few lines tell more than many.
  const order = Object.keys(NAMES);
  const rows = Object.entries(progress.counts)
    .filter(([, count]) => count > 0)
    .sort(([one], [other]) => order.indexOf(one) - order.indexOf(other))
    .map(([name, count]) => `| ${NAMES[name] ?? name} | ${String(count)} |`);
  return [
    `**${progress.paused ? 'paused, then ' : ''}${progress.stage}**`,
    '',
    next,
    '',
    ...heldLines(progress.held),
    ...(rows.length > 0 ? ['| what | count |', '|---|---:|', ...rows] : []),
  ].join('\n');
}

function heldLines(held: HeldList | null): readonly string[] {
  if (held === null || held.changes === 0) return [];
  return [
    `**${String(held.changes)} changes wait for an answer**, the list \`${held.hash}\`:`,
    '',
    ...held.reasons.map((reason) => `- ${reason}`),
    '',
    ...(held.approvedOnce === true
      ? ['**Approved by one operator.** A second one has to approve it, too, by `itasca approve` with a signature.', '']
      : []),
    'Send the update `approve` or `reject` with',
    '',
    `\`{"operator": "your name", "hash": "${held.hash}"}\``,
    '',
  ];
}
