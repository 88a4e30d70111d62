import type { CycleReport } from '../../store/progress.ts';

/** Between two plain lines, where there is no terminal. */
const LINE_EVERY_MS = 2_000;

/** Shows how a cycle goes: one line that is rewritten on a terminal, else a line whenever something changed. */
export class ProgressLine {
  readonly #terminal: boolean;
  readonly #write: (text: string) => void;
  #last = '';
  #shownAt = 0;
  #began = 0;
  #doneBefore = 0;
  #what = '';

  constructor(output: { readonly isTTY?: boolean; write(text: string): unknown }) {
    this.#terminal = output.isTTY === true;
    this.#write = (text) => void output.write(text);
  }

  /** Shows the newest state of the run. */
  show(report: CycleReport, now: number): void {
    const text = this.#describe(report, now);
    if (text === this.#last || (!this.#terminal && now - this.#shownAt < LINE_EVERY_MS)) return;
    this.#last = text;
    this.#shownAt = now;
    this.#write(this.#terminal ? `\r\u001b[K  ${text}` : `  ${text}\n`);
  }

  /** Ends the line, so that other output can follow. */
  end(): void {
    if (this.#terminal && this.#last !== '') this.#write('\n');
    this.#last = '';
    this.#what = '';
  }

  #describe(report: CycleReport, now: number): string {
    const { counts } = report;
    const step = currentStep(report);
    const errors = counts['errors'] ?? 0;
    const parts = [
      `read ${String(counts['read'] ?? 0)}`,
      `evaluated ${String(counts['evaluated'] ?? 0)}`,
      `written ${String(report.written)}${report.plannedSoFar > 0 ? `/${String(report.plannedSoFar)}` : ''}`,
      `provisioned ${String(report.provisioned)}${(counts['servicesStarted'] ?? 0) > 0 ? `/${String(counts['servicesStarted'])}` : ''}`,
      `errors ${String(errors + report.failed)}`,
    ];
    return [...parts, ...this.#rate(step, now)].join('  ');
  }

  /** Rate of the step under way, and the time left where its end is known. */
  #rate(step: Step, now: number): string[] {
    if (step.what !== this.#what) {
      this.#what = step.what;
      this.#began = now;
      this.#doneBefore = step.done;
      return [];
    }
    const seconds = (now - this.#began) / 1000;
    const rate = (step.done - this.#doneBefore) / seconds;
    if (seconds < 1 || rate <= 0 || step.done === step.total) return [];
    // More may turn out to be done than was expected: then the end is not known any more.
    const left =
      step.total === null || step.done > step.total
        ? []
        : [`${String(Math.ceil((step.total - step.done) / rate))} s left`];
    return [`(${step.what} ${rate.toFixed(0)}/s${left.length > 0 ? `, ${left.join('')}` : ''})`];
  }
}

interface Step {
  readonly what: string;
  readonly done: number;
  /** Null where the end is not known. */
  readonly total: number | null;
}

function currentStep(report: CycleReport): Step {
  const { counts } = report;
  if ((counts['servicesStarted'] ?? 0) > 0)
    return {
      what: 'provisioning',
      done: report.provisioned + report.blocked,
      total: counts['servicesStarted'] ?? null,
    };
  if (report.plannedSoFar > 0)
    return { what: 'writing', done: report.written + report.failed, total: report.plannedSoFar };
  if ((counts['evaluated'] ?? 0) > 0)
    return { what: 'evaluating', done: counts['evaluated'] ?? 0, total: counts['changed'] ?? null };
  return { what: 'reading', done: counts['read'] ?? 0, total: null };
}
