import { forestWarnings } from './forest-warnings.ts';
import { linesAbout, listed, type CheckLine } from './preflight.ts';
import type { ReadingMode } from './reading-settings.ts';

/** Groups whose members may change a domain, or take the right to (MS-DTYP 2.4.2.4, MS-ADTS 3.1.1.6.1.2). */
const PRIVILEGED: Readonly<Record<string, string>> = {
  'S-1-5-32-544': 'Administrators',
  'S-1-5-32-548': 'Account Operators',
  'S-1-5-32-549': 'Server Operators',
  'S-1-5-32-550': 'Print Operators',
  'S-1-5-32-551': 'Backup Operators',
  '500': 'the Administrator account',
  '512': 'Domain Admins',
  '516': 'Domain Controllers',
  '518': 'Schema Admins',
  '519': 'Enterprise Admins',
  '520': 'Group Policy Creator Owners',
  '526': 'Key Admins',
  '527': 'Enterprise Key Admins',
};

/** Names of the groups among these SIDs whose members may change a domain. */
export function privilegedGroups(sids: readonly string[]): readonly string[] {
  return [
    ...new Set(
      sids.flatMap((sid) => {
        const rid = /^S-1-5-21-(?:\d+-){3}(\d+)$/.exec(sid)?.[1];
        return PRIVILEGED[rid ?? sid] ?? [];
      }),
    ),
  ];
}

/** What an account may do that it does not need. */
export interface ExcessFacts {
  readonly groups: readonly string[];
  /** Where it may change something, in words, and how much. */
  readonly writable: readonly { readonly where: string; readonly what: readonly string[] }[];
  /** Computers that it, as any account, may add to the domain. */
  readonly machineAccounts: number;
  /** Replicating Directory Changes All, which shows password hashes; null where its access list can not be read. */
  readonly readsPasswords: boolean | null;
}

/** What the account of a forest may do that it does not need: in the customer's forest that is nothing at all beside reading. */
export function excessLine(place: string, side: 'source' | 'managed', facts: ExcessFacts): CheckLine {
  const { ok, warning, failed, notChecked } = linesAbout(place);
  const groups = privilegedGroups(facts.groups);
  const found = [
    ...(groups.length === 0 ? [] : [`the account is in ${listed(groups)}`]),
    ...facts.writable.map(({ where, what }) => `it may change ${listed(what, 3)} of ${where}`),
    ...(facts.readsPasswords === true ? ['it has Replicating Directory Changes All, which shows passwords'] : []),
  ].join('; ');
  const computers = `it may add ${String(facts.machineAccounts)} computers to the domain, as any account`;
  const remedy =
    'Take it away: an account that can do less can be misused for less. docs/operations.md lists what is needed.';
  if (found !== '')
    return side === 'source' ? failed('excess rights', found, remedy) : warning('excess rights', found, remedy);
  if (facts.machineAccounts > 0)
    return warning('excess rights', computers, 'Set ms-DS-MachineAccountQuota of the domain to 0.');
  if (facts.readsPasswords === null)
    return notChecked(
      'excess rights',
      'nothing can be changed where it was tried, but the access list of the domain can not be read',
      'See by hand that the account does not have Replicating Directory Changes All.',
    );
  return ok(
    'excess rights',
    side === 'source'
      ? 'the account is in no privileged group and may change nothing where it was tried'
      : 'the account is in no privileged group and may not change the domain itself',
  );
}

/** How the changes of a domain are read, and whether deletions are told. */
export function readingLines(
  place: string,
  configured: 'auto' | ReadingMode,
  reading: { readonly mode: ReadingMode; readonly seesDeleted: boolean } | { readonly refused: string },
): readonly CheckLine[] {
  const { ok, warning, failed, notChecked } = linesAbout(place);
  if ('refused' in reading)
    return [
      failed(
        'changes',
        reading.refused,
        `Give the account what \`reading.mode: ${configured}\` needs, or leave it at auto.`,
      ),
      notChecked('deletions', 'changes can not be read'),
    ];
  const { mode, seesDeleted } = reading;
  return [
    mode !== 'dirsync' && configured === 'auto'
      ? warning('changes', `${forestWarnings.FW101.title}: read by ${mode}`, forestWarnings.FW101.remedy)
      : ok('changes', `read by ${mode}`),
    seesDeleted
      ? ok('deletions', 'told by the directory')
      : warning('deletions', forestWarnings.FW102.title, forestWarnings.FW102.remedy),
  ];
}

/** What the account may do where the managed objects of the customer are. */
export interface ManagedRightsFacts {
  /** Classes of which it may add objects to `managed.ou`. */
  readonly children: readonly string[];
  /** Attributes that Itasca writes and that it may not write to an object there; null where there is no object yet. */
  readonly refused: readonly string[] | null;
  /** Reanimate Tombstones at the head of the domain; null where its access list can not be read. */
  readonly reanimates: boolean | null;
}

const MADE = ['user', 'contact', 'group'] as const;

export function managedRightsLines(place: string, ou: string, facts: ManagedRightsFacts): readonly CheckLine[] {
  const { ok, warning, failed } = linesAbout(place);
  const may = new Set(facts.children.map((name) => name.toLowerCase()));
  const lacking = MADE.filter((name) => !may.has(name));
  const remedy = `Give the account full control of ${ou} and what is below it.`;
  const reanimation = warning(
    'rights',
    'the account does not have Reanimate Tombstones: an object that somebody deletes by hand would come back as a new one, with another SID',
    'Give it Reanimate Tombstones at the head of the domain.',
  );
  if (lacking.length > 0) return [failed('rights', `it may not add a ${listed(lacking)} to ${ou}`, remedy)];
  const { refused } = facts;
  return [
    refused !== null && refused.length > 0
      ? failed('rights', `it may not write ${listed(refused)} of objects below ${ou}`, remedy)
      : ok(
          'rights',
          `it may add users, contacts and groups to ${ou}${refused === null ? '; nothing is there yet to try their attributes on' : ' and write their attributes'}`,
        ),
    ...(facts.reanimates === false ? [reanimation] : []),
  ];
}

/** An attribute by whose value a decision is made. */
export interface DecidingAttribute {
  readonly attribute: string;
  /** What it decides about, in words. */
  readonly decides: string;
  /** The configuration says that users may write it, or nothing happens by it before an operator has looked. */
  readonly accepted: boolean;
}

/** Which attributes that decide about services or identity users may write on their own accounts. */
export function evidenceLine(
  place: string,
  deciding: readonly DecidingAttribute[],
  writable: ReadonlySet<string>,
): CheckLine {
  const { ok, warning, failed } = linesAbout(place);
  const open = deciding.filter(({ attribute }) => writable.has(attribute));
  const told = (of: readonly DecidingAttribute[]): string =>
    listed(of.map(({ attribute, decides }) => `${attribute} (${decides})`));
  const surprising = open.filter(({ accepted }) => !accepted);
  const remedy = 'Decide by an attribute that only the customer’s administration writes, or take the right from SELF.';
  if (surprising.length > 0)
    return failed('evidence', `every user may write on the own account: ${told(surprising)}`, remedy);
  return open.length > 0
    ? warning('evidence', `every user may write on the own account: ${told(open)}`, remedy)
    : ok('evidence', 'no user may write what decides about services or identity on the own account');
}
