import type { CycleProgress } from './messages.ts';

const NAMES: Readonly<Record<string, string>> = {
  managed: 'managed objects read',
  read: 'source objects read',
  whole: 'domains read whole',
  changed: 'changed since the last read',
  absent: 'absent from this read',
  gone: 'gone from the Customer Forest',
  evaluated: 'evaluated',
  inScope: 'of these in scope',
  joined: 'joined by their anchor',
  disconnected: 'disconnected',
  errors: 'objects in error',
  planned: 'object changes planned',
  plannedReferences: 'reference changes planned',
  written: 'changes written',
  failed: 'changes refused',
  started: 'object workflows started',
  provisioned: 'services provisioned',
  blocked: 'services that wait for a correction',
  open: 'services still under way',
  confirmed: 'changes confirmed',
  unconfirmed: 'changes not shown by the confirming read',
};

/** The current details of a cycle, in Markdown, for the Temporal UI. */
export function cycleDetails(progress: CycleProgress, next: string): string {
  const rows = Object.entries(progress.counts).map(([name, count]) => `| ${NAMES[name] ?? name} | ${String(count)} |`);
  return [
    `**${progress.paused ? 'paused, then ' : ''}${progress.stage}**`,
    '',
    next,
    '',
    ...(rows.length > 0 ? ['| what | count |', '|---|---:|', ...rows] : []),
  ].join('\n');
}
