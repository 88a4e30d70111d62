import type { ForestStanding } from '../store/forest-standing.ts';

/** One value of a gauge. Labels name customers, forests and codes: never a person. */
interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly of: (standing: ForestStanding, now: number) => readonly Sample[];
}

const one = (value: number | null): readonly Sample[] => (value === null ? [] : [{ labels: {}, value }]);
const labelled = (label: string, counts: Readonly<Record<string, number>>): readonly Sample[] =>
  Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));
const secondsSince = (time: Date | null, now: number): number | null =>
  time === null ? null : Math.max(0, Math.round((now - time.getTime()) / 1000));

/** What is told of each Customer Forest. A forest of which something is not known yet has no value for it. */
const GAUGES: readonly Gauge[] = [
  {
    name: 'itasca_last_cycle_age_seconds',
    help: 'Time since the last cycle was completed; before the first, since the configuration was applied.',
    of: ({ lastCompletedAt, configuredAt }, now) => one(secondsSince(lastCompletedAt ?? configuredAt, now)),
  },
  {
    name: 'itasca_cycle_running_seconds',
    help: 'For how long the newest cycle has been running; 0 where it has ended.',
    of: ({ runningSince }, now) => one(secondsSince(runningSince, now) ?? 0),
  },
  {
    name: 'itasca_domain_read_age_seconds',
    help: 'Time since the domain that was read least recently was up to date.',
    of: ({ readAt }, now) => one(secondsSince(readAt, now)),
  },
  {
    name: 'itasca_objects_in_error',
    help: 'Objects in error, by code (docs/errors.md).',
    of: ({ errors }) => labelled('code', errors),
  },
  {
    name: 'itasca_forest_warnings',
    help: 'Warnings about reading the forest, by code (docs/reading.md).',
    of: ({ warnings }) => labelled('code', warnings),
  },
  {
    name: 'itasca_waiting_approvals',
    help: "What waits for an operator's answer: lists of changes, joins, and cases.",
    of: ({ waitingLists, waitingJoins, waitingCases }) =>
      labelled('what', { changes: waitingLists, joins: waitingJoins, cases: waitingCases }),
  },
  {
    name: 'itasca_waiting_changes',
    help: 'Changes on the lists that wait for an answer.',
    of: ({ waitingChanges }) => one(waitingChanges),
  },
  {
    name: 'itasca_backlog',
    help: 'What is still to be done: source objects to evaluate, services in work, services that wait for a correction.',
    of: ({ unevaluated, servicesOpen, servicesBlocked }) =>
      labelled('what', { evaluation: unevaluated, services: servicesOpen, blocked: servicesBlocked }),
  },
];

/**
 * How the forests stand, in the text format of Prometheus.
 *
 * @param now milliseconds since 1970
 */
export function metricsText(standings: readonly ForestStanding[], now: number): string {
  return GAUGES.map(({ name, help, of }) => {
    const lines = standings.flatMap((standing) =>
      of(standing, now).map(({ labels, value }) => {
        const all = { customer: standing.customer, forest: standing.forest, ...labels };
        return `${name}{${Object.entries(all)
          .map(([label, text]) => `${label}="${escapeLabel(text)}"`)
          .join(',')}} ${String(value)}\n`;
      }),
    );
    return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
  }).join('');
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
