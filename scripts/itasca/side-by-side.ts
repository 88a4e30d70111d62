import { all } from '../../rules/objects.ts';
import type { IdentitySide, SourceSide } from '../../store/reconnection-sides.ts';
import type { Output } from './output.ts';

/** What two accounts of one person have in common, if they are. */
const COMPARED = [
  ...[
    'displayName',
    'sAMAccountName',
    'mail',
    'userPrincipalName',
    'employeeID',
    'title',
    'department',
    'proxyAddresses',
  ],
  ...['objectSid', 'sIDHistory', 'mS-DS-ConsistencyGuid', 'legacyExchangeDN'],
];

/** An identity that may be a new source object's, with the evidence for it. */
export type ShownCandidate = IdentitySide & { readonly rules: readonly string[] };

/** Shows a new source object beside those that it may have been, one column each. */
export function showSides(out: Output, object: SourceSide, candidates: readonly ShownCandidate[]): void {
  const sources = [object, ...candidates.map(({ source }) => source)];
  const rows: (readonly string[])[] = [];
  const row = (name: string, values: readonly (string | null)[]): void => {
    if (values.some((value) => value !== null && value !== ''))
      rows.push([name, ...values.map((value) => value ?? '')]);
  };
  const managed = (value: (side: ShownCandidate) => string | null): readonly (string | null)[] => [
    '',
    ...candidates.map(value),
  ];
  row(
    'evidence',
    managed(({ rules }) => rules.join(', ')),
  );
  row(
    'source object',
    sources.map(({ dn }) => dn),
  );
  row(
    'forest',
    sources.map(({ forest }) => forest),
  );
  row(
    'objectGUID',
    sources.map(({ guid }) => guid),
  );
  row(
    'is',
    sources.map((side) => side.is),
  );
  row(
    'scope',
    sources.map(({ scope }) => scope),
  );
  row(
    'created',
    sources.map(({ createdAt }) => createdAt),
  );
  for (const name of COMPARED)
    row(
      name,
      sources.map(({ attributes }) => all(attributes, name).join('\n')),
    );
  row(
    'managed object',
    managed(({ managedDn }) => managedDn),
  );
  row(
    'its objectGUID',
    managed(({ managedGuid }) => managedGuid),
  );
  row(
    'mailbox',
    managed(({ mailboxGuid }) => mailboxGuid),
  );
  row(
    'mailbox database',
    managed(({ database }) => database),
  );
  row(
    'services are ending',
    managed(({ ending }) => ending),
  );
  const titles = candidates.map((_, index) => (candidates.length > 1 ? `candidate ${String(index + 1)}` : 'candidate'));
  out.table(['', 'new', ...titles], rows);
}
