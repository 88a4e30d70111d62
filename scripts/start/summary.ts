import Table from 'cli-table3';
import { errorCatalogue } from '../../rules/error-catalogue.ts';
import type { ErrorReport } from '../../store/errors.ts';
import type { IdentityCounts } from '../../store/identities.ts';
import type { CycleReport } from '../../store/progress.ts';
import type { RecipientCount } from '../../store/recipients.ts';
import type { StaleDomain } from '../../store/source-domains.ts';

const plain = {
  style: { head: [], border: [] },
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
};

/** The table at the end of a cycle, with what the forest has now. */
export function cycleTable(report: CycleReport, identities: IdentityCounts): string {
  const { counts } = report;
  const seconds =
    report.endedAt === null
      ? ''
      : ` in ${((report.endedAt.getTime() - report.startedAt.getTime()) / 1000).toFixed(1)} s`;
  const table = new Table({
    head: [`Cycle ${report.id}`, `${report.outcome ?? 'running'}${seconds}`],
    colAligns: ['left', 'right'],
    ...plain,
  });
  const rows: readonly (readonly [string, number | undefined])[] = [
    ['source objects read', counts['read']],
    ['evaluated (new or changed)', counts['evaluated']],
    ['in scope, of these', counts['inScope']],
    ['planned changes', (counts['planned'] ?? 0) + (counts['plannedReferences'] ?? 0)],
    ['  objects added', counts['adds']],
    ['  objects changed', counts['modifies']],
    ['  references (members, managers)', counts['links']],
    ['changes written', report.written],
    ['changes confirmed by reading back', counts['confirmed']],
    ['changes refused', report.failed],
    ['services provisioned', report.provisioned],
    ['waiting for a correction', report.blocked],
    ['identities rebuilt from anchors', counts['joined']],
    ['reconnected with their services', counts['reconnected']],
    ['identities with a managed object', identities.managed],
    ['identities disconnected', identities.disconnected],
    ['objects in error', counts['errors']],
  ];
  for (const [what, count] of rows) table.push([what, String(count ?? 0)]);
  return [table.toString(), ...report.stale.map(staleDomain)].join('\n');
}

const KINDS: Readonly<Record<string, string>> = {
  linked: 'linked mailbox',
  sharedLinked: 'shared linked mailbox',
  shared: 'shared mailbox',
  room: 'room',
  equipment: 'equipment',
  lyncRoom: 'Lync room',
  mailUser: 'mail user',
  mailContact: 'mail contact',
  distributionGroup: 'distribution group',
  mailSecurityGroup: 'mail-enabled security group',
  voice: 'voice',
};

/** What the managed objects are, by kind, with an example of each. */
export function recipientTable(recipients: readonly RecipientCount[]): string {
  const table = new Table({
    head: ['Recipient', '', 'Such as'],
    colAligns: ['left', 'right', 'left'],
    ...plain,
  });
  for (const [kind, name] of Object.entries(KINDS)) {
    const found = recipients.find((one) => one.kind === kind);
    table.push([name, String(found?.count ?? 0), printable(found?.example ?? '')]);
  }
  return table.toString();
}

function staleDomain({ namingContext, readAt, problem }: StaleDomain): string {
  const state = readAt === null ? 'was never read' : `is as it was on ${readAt.toISOString()}`;
  return `${namingContext} ${state}, and nothing of it counts as absent: ${printable(problem)}`;
}

/** The errors, with their remedies, for the operator. */
export function errorTable(errors: readonly ErrorReport[], width: number): string {
  const table = new Table({
    head: ['Code', 'Object', 'What', 'Remedy'],
    wordWrap: true,
    // Names are long and have few spaces: none may be cut.
    wrapOnWordBoundary: false,
    colWidths: columnWidths(width),
    ...plain,
  });
  for (const error of errors) {
    const other = error.otherDn === null ? '' : ` (${error.otherDn})`;
    table.push([
      error.code,
      printable(error.dn),
      printable(`${error.details}${other}`),
      errorCatalogue[error.code].remedy,
    ]);
  }
  return table.toString();
}

function columnWidths(width: number): number[] {
  const free = Math.max(width, 80) - 12;
  return [7, Math.floor(free * 0.36), Math.floor(free * 0.34), Math.floor(free * 0.3)];
}

/** A customer's text without the control characters that a terminal would obey. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '\ufffd');
}
