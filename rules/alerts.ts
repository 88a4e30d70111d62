import type { AlertKind } from './alert-settings.ts';
import { forestWarnings, type WarningCode } from './forest-warnings.ts';
import { isOverdue, OVERDUE_INTERVALS, type CycleTimes } from './overdue.ts';
import { gapOf } from './tombstone-lifetime.ts';

/** What alerts are made from, of one customer: times, codes, numbers and names of forests. */
export interface AlertFacts {
  readonly customer: string;
  readonly forests: readonly (CycleTimes & { readonly forest: string })[];
  /** Cases and joins that wait for an answer. */
  readonly questions: readonly {
    readonly forest: string;
    readonly kind: 'case' | 'join';
    readonly number: number;
    /** When the newest of them came up. */
    readonly newest: Date;
  }[];
  /** Offboardings whose waves wait for an approval, by their numbers. */
  readonly offboardings: readonly string[];
  /** Forests whose last cycle has failed. */
  readonly failures: readonly { readonly forest: string; readonly type: string; readonly message: string }[];
  readonly lists: readonly {
    readonly forest: string;
    readonly run: string;
    readonly hash: string;
    readonly changes: number;
    readonly reasons: readonly string[];
  }[];
  /** Maps of migration waves that wait for an answer, by their numbers. */
  readonly maps: readonly string[];
  readonly domains: readonly {
    readonly forest: string;
    readonly namingContext: string;
    readonly readAt: Date | null;
    readonly tombstoneDays: number | null;
    /** Since when it could not be read, why, and whether the account was refused; null where it was read the last time. */
    readonly stale: { readonly since: Date; readonly problem: string; readonly refused: boolean } | null;
  }[];
  readonly warnings: readonly {
    readonly forest: string;
    readonly namingContext: string;
    readonly code: WarningCode;
    readonly attribute: string;
  }[];
  /** Onboardings that run, with the number of the event by which they stand still; null where they do not. */
  readonly onboardings: readonly {
    readonly forest: string;
    readonly id: string;
    readonly paused: { readonly event: number; readonly reason: string } | null;
    readonly pilot: { readonly event: number } | null;
  }[];
}

/** Something that somebody should know. */
export interface Alert {
  /** What it is about: there is one at a time of each. */
  readonly key: string;
  readonly kind: AlertKind;
  /** Names what it says. */
  readonly content: string;
  /** Of two contents the heavier one is worse. */
  readonly weight: number;
  readonly subject: string;
  readonly text: string;
}

/** Warnings that say that a right is missing. */
const RIGHTS: ReadonlySet<WarningCode> = new Set(['FW101', 'FW102', 'FW201', 'FW202']);

/** What somebody should know now. */
export function alertsOf(facts: AlertFacts, now: number): readonly Alert[] {
  return [
    ...ofLists(facts),
    ...ofOffboardings(facts),
    ...ofQuestions(facts),
    ...ofCycles(facts, now),
    ...ofDomains(facts, now),
    ...ofFailures(facts),
    ...ofGaps(facts, now),
    ...ofRights(facts),
    ...ofOnboardings(facts),
  ];
}

/** Whether an alert is told anew, that was told with another content before: not where it is only less of the same. */
export function isNews(before: Pick<Alert, 'content' | 'weight'>, now: Pick<Alert, 'content' | 'weight'>): boolean {
  return before.content !== now.content && now.weight >= before.weight;
}

function* ofLists({ customer, lists }: AlertFacts): Generator<Alert> {
  for (const { forest, run, hash, changes, reasons } of lists)
    yield {
      ...{ key: `list/${run}`, kind: 'approval', content: hash, weight: changes },
      subject: `${customer}/${forest}: ${String(changes)} changes wait for an answer`,
      text: [
        `Cycle ${run} of ${customer}/${forest} has set ${String(changes)} changes aside:`,
        ...reasons.map((reason) => `- ${reason}`),
        `Look at them: itasca changes ${run}`,
        `Answer: itasca approve ${run} --hash ${hash}, or itasca reject ${run} --hash ${hash}`,
      ].join('\n'),
    };
}

function* ofOffboardings({ customer, offboardings }: AlertFacts): Generator<Alert> {
  for (const offboarding of offboardings)
    yield {
      ...{ key: `offboarding/${offboarding}`, kind: 'approval', content: 'asks', weight: 0 },
      subject: `${customer}: the offboarding waits for an approval`,
      text: 'It takes services from everybody of the customer. Look at it: itasca offboard status. Answer: itasca offboard approve',
    };
}

const QUESTIONS = {
  case: 'New accounts that may be somebody who has services wait for an answer. Look at them: itasca cases list',
  join: 'Source objects wait for an answer, whether a managed object is theirs: itasca errors list, docs/join.md',
} as const;

/** Told anew for each that comes up, also when another was answered meanwhile. */
function* ofQuestions({ customer, questions, maps }: AlertFacts): Generator<Alert> {
  for (const { forest, kind, number, newest } of questions)
    yield {
      ...{ key: `${kind}s/${forest}`, kind: 'case', content: newest.toISOString() },
      weight: Math.floor(newest.getTime() / 60_000),
      subject: `${customer}/${forest}: ${counted(number, kind)} to decide`,
      text: QUESTIONS[kind],
    };
  for (const map of maps)
    yield {
      ...{ key: `map/${map}`, kind: 'case', content: 'open', weight: 0 },
      subject: `${customer}: map ${map} waits for an answer`,
      text: `Look at it: itasca maps show ${map}`,
    };
}

function* ofCycles({ customer, forests }: AlertFacts, now: number): Generator<Alert> {
  for (const times of forests)
    if (isOverdue(times, now))
      yield {
        ...{ key: `overdue/${times.forest}`, kind: 'overdue', content: 'overdue', weight: 0 },
        subject: `${customer}/${times.forest}: no cycle has completed for ${String(OVERDUE_INTERVALS)} intervals`,
        text: [
          times.lastCompletedAt === null
            ? 'None has completed since the configuration was applied.'
            : `The last one completed at ${times.lastCompletedAt.toISOString().slice(0, 16)}Z; one is due every ${times.every}.`,
          'See what it does in the Temporal UI, and whether a worker runs: itasca status, docs/operations.md',
        ].join('\n'),
      };
}

/** Domains that can not be read while others of the forest are: no cycle fails by them. */
function* ofDomains({ customer, domains, forests }: AlertFacts, now: number): Generator<Alert> {
  for (const { forest, namingContext, stale } of domains) {
    if (stale === null) continue;
    const { since, problem, refused } = stale;
    const times = forests.find((one) => one.forest === forest);
    const isLate =
      times !== undefined &&
      !isOverdue(times, now) &&
      isOverdue({ ...times, lastCompletedAt: since, newestWaits: false }, now);
    if (!refused && !isLate) continue;
    yield {
      ...{ key: `domain/${forest}/${namingContext}`, kind: refused ? 'rights' : 'overdue' },
      ...{ content: refused ? 'refused' : 'late', weight: refused ? 1 : 0 },
      subject: `${customer}/${forest}: ${namingContext} ${refused ? 'refuses the account' : `can not be read for ${String(OVERDUE_INTERVALS)} intervals`}`,
      text: [
        problem,
        `Nothing of the domain is read since ${since.toISOString().slice(0, 16)}Z; its objects stay as they are.`,
        'Mend it, and have the preflight look: itasca check',
      ].join('\n'),
    };
  }
}

/** Types of failures that pass only when somebody mends something (activities/failures.ts). */
const TO_BE_MENDED: ReadonlySet<string> = new Set(['DirectoryRefused', 'SecretUnreadable', 'Defect']);

function* ofFailures({ customer, failures, domains }: AlertFacts): Generator<Alert> {
  for (const { forest, type, message } of failures) {
    if (!TO_BE_MENDED.has(type)) continue;
    // Told by its domain already.
    if (type === 'DirectoryRefused' && domains.some((domain) => domain.forest === forest && domain.stale?.refused))
      continue;
    yield {
      ...{ key: `failed/${forest}`, kind: 'failed', content: type, weight: 0 },
      subject: `${customer}/${forest}: the last cycle has failed`,
      text: `${type}: ${message}\nIt does not pass by itself. What to do is in docs/operations.md; look with itasca check, itasca status`,
    };
  }
}

function* ofGaps({ customer, domains }: AlertFacts, now: number): Generator<Alert> {
  for (const { forest, namingContext, readAt, tombstoneDays } of domains) {
    if (readAt === null || tombstoneDays === null) continue;
    const gap = gapOf(now - readAt.getTime(), tombstoneDays);
    if (gap === 'short') continue;
    yield {
      ...{ key: `gap/${forest}/${namingContext}`, kind: 'gap', content: gap },
      weight: gap === 'the tombstone lifetime' ? 2 : 1,
      subject: `${customer}/${forest}: ${namingContext} was not read for ${gap}`,
      text: [
        `It was last read at ${readAt.toISOString().slice(0, 16)}Z; deletions can be read for ${String(tombstoneDays)} days.`,
        'After that they are found by whole reads only, and believed after two of them. Have the cycles of the forest run again: itasca status, docs/reading.md',
      ].join('\n'),
    };
  }
}

function* ofRights({ customer, warnings }: AlertFacts): Generator<Alert> {
  const rights = warnings.filter(({ code }) => RIGHTS.has(code));
  for (const [forest, lost] of Map.groupBy(rights, (warning) => warning.forest)) {
    const lines = lost.map(
      ({ code, namingContext, attribute }) =>
        `${code} ${namingContext}${attribute === '' ? '' : ` ${attribute}`}: ${forestWarnings[code].title}. ${forestWarnings[code].remedy}`,
    );
    yield {
      ...{ key: `rights/${forest}`, kind: 'rights', content: lines.toSorted().join('\n'), weight: lines.length },
      subject: `${customer}/${forest}: ${counted(lines.length, 'right')} missing in the Customer Forest`,
      text: lines.join('\n'),
    };
  }
}

function* ofOnboardings({ customer, onboardings }: AlertFacts): Generator<Alert> {
  for (const { forest, id, paused, pilot } of onboardings) {
    if (paused !== null)
      yield {
        ...{ key: `onboarding/${id}/paused`, kind: 'budget', content: String(paused.event), weight: paused.event },
        subject: `${customer}/${forest}: the onboarding has paused itself`,
        text: `${paused.reason}\nLook at it: itasca onboard status. Go on: itasca onboard resume`,
      };
    if (pilot !== null)
      yield {
        ...{ key: `onboarding/${id}/pilot`, kind: 'approval', content: String(pilot.event), weight: pilot.event },
        subject: `${customer}/${forest}: the pilot of the onboarding is through`,
        text: 'The other waves wait for an approval: itasca onboard status, itasca onboard approve',
      };
  }
}

function counted(number: number, what: string): string {
  return `${String(number)} ${what}${number === 1 ? '' : 's'}`;
}
