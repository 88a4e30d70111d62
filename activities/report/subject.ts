import type { Period } from '../../store/report-facts.ts';

/** What a report is about: a day of its time zone, one cycle, or the day up to now. */
export type ReportSubject =
  | { readonly kind: 'day'; readonly day: string }
  | { readonly kind: 'cycle'; readonly run: string }
  | { readonly kind: 'now' };

const DAY_MS = 86_400_000;

/** What a report covers and is called. */
export interface Covered {
  readonly period: Period;
  readonly title: string;
  /** Last day of its charts. */
  readonly lastDay: string;
  readonly fileName: string;
}

export function covered(customer: string, subject: ReportSubject, timeZone: string, now: Date): Covered {
  const today = dayOf(now, timeZone);
  switch (subject.kind) {
    case 'day':
      return {
        period: { from: startOfDay(subject.day, timeZone), to: startOfDay(dayAfter(subject.day), timeZone) },
        title: subject.day,
        lastDay: subject.day,
        fileName: `itasca-report-${customer}-${subject.day}.zip`,
      };
    case 'cycle':
      return {
        period: { run: subject.run },
        title: `cycle ${subject.run}`,
        lastDay: today,
        fileName: `itasca-report-${customer}-cycle-${subject.run}.zip`,
      };
    case 'now':
      return {
        period: { from: new Date(now.getTime() - DAY_MS), to: now },
        title: 'the last 24 hours',
        lastDay: today,
        fileName: `itasca-report-${customer}-${now
          .toISOString()
          .replace(/\.\d+Z$/, 'Z')
          .replaceAll(':', '')}.zip`,
      };
  }
}

/** Names a report among those of its customer. `now` is told apart by the workflow run that it was asked for by. */
export function subjectKey(subject: ReportSubject, workflowRun: string): string {
  if (subject.kind === 'day') return `day/${subject.day}`;
  return subject.kind === 'cycle' ? `run/${subject.run}` : `now/${workflowRun}`;
}

/** The day of a moment in a time zone, such as 2026-11-22. */
export function dayOf(moment: Date, timeZone: string): string {
  return partsOf(moment, timeZone).slice(0, 10);
}

/** A moment as a reader of a report sees it, such as 2026-11-22 06:00. */
export function momentText(moment: Date, timeZone: string): string {
  return partsOf(moment, timeZone);
}

function partsOf(moment: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(moment);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((item) => item.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}`;
}

/** Whether a text is a day that the calendar has. */
export function isDay(text: string): boolean {
  const moment = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(NaN);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
}

export function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10);
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

const MINUTE_MS = 60_000;
/** No zone is farther from UTC. */
const FARTHEST_MS = 15 * 3_600_000;

/** When a day begins in a time zone: the first moment of it, also where the clocks are changed at midnight. */
export function startOfDay(day: string, timeZone: string): Date {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // The first minute that has this date or a later one is between these two.
  let before = midnight - FARTHEST_MS;
  let within = midnight + FARTHEST_MS;
  while (within - before > MINUTE_MS) {
    const middle = before + Math.floor((within - before) / 2 / MINUTE_MS) * MINUTE_MS;
    if (dayOf(new Date(middle), timeZone) < day) before = middle;
    else within = middle;
  }
  return new Date(within);
}
