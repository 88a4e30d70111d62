import type { WaveCounts } from '../../rules/onboarding.ts';
import type { OnboardingReport } from '../../store/onboarding-report.ts';
import type { OnboardingProgress } from '../../workflows/messages.ts';
import { span, type Output } from './output.ts';

const BAR = 30;
const HEAD = ['wave', 'waiting', 'admitted', 'written', 'under way', 'provisioned', 'in error', 'asked', 'left scope'];

/** Where an onboarding stands, in a few lines: a bar for each wave, rate, time left, errors. */
export function progressLines(progress: OnboardingProgress): readonly string[] {
  const { stage, rate, waves, wave, left, activeMs, counts } = progress;
  const errors = counts?.inError ?? 0;
  return [
    `${stage === 'waves' ? `wave ${String(wave + 1)} of ${String(waves.length)}` : stage}, at most ${String(rate)} a minute, worked ${span(activeMs)}, ` +
      `${left === null ? 'time left not known yet' : left === 0 ? 'nothing left' : `${span(left)} left by the rate of late`}, ${String(errors)} in error`,
    ...waves.map(bar),
    ...attention(progress),
  ];
}

function bar(wave: WaveCounts): string {
  const all = wave.waiting + wave.admitted;
  const done = all === 0 ? 0 : Math.floor(((wave.admitted - wave.open) * BAR) / all);
  const under = all === 0 ? 0 : Math.floor((wave.admitted * BAR) / all) - done;
  const drawn = `${'#'.repeat(done)}${'-'.repeat(under)}${' '.repeat(BAR - done - under)}`;
  return `[${drawn}] ${String(wave.admitted - wave.open)}/${String(all)} ${wave.name}`;
}

/** What needs a person. */
export function attention({ paused, waitsForApproval }: OnboardingProgress): readonly string[] {
  return [
    ...(paused === null ? [] : [`Paused: ${paused}. It goes on with: itasca onboard resume`]),
    ...(waitsForApproval ? ['The pilot is through. The rest comes in with: itasca onboard approve'] : []),
  ];
}

export function showWaves(out: Output, waves: readonly WaveCounts[]): void {
  out.table(
    HEAD,
    waves.map((one) =>
      [
        one.name,
        ...[one.waiting, one.admitted, one.written, one.open, one.provisioned, one.inError, one.asked, one.left],
      ].map(String),
    ),
  );
}

/** A report for people. */
export function showReport(out: Output, report: OnboardingReport): void {
  const { id, customer, forest, operator, state, startedAt, endedAt, activeMs, counts, known } = report;
  const took = (endedAt ?? new Date()).getTime() - startedAt.getTime();
  out.say(out.strong(`Onboarding ${id} of ${customer}/${forest}: ${state === 'running' ? 'runs' : state}`));
  out.say(
    `Started ${startedAt.toISOString()}${operator === null ? '' : ` by ${operator}`}${endedAt === null ? '' : `, ended ${endedAt.toISOString()}`}: ${span(took)}, of which it worked ${span(activeMs)}.`,
  );
  showWaves(out, report.waves);
  if (known > 0) out.say(`${String(known)} were let in beside the waves: they may be somebody who has services.`);
  const rest = counts.waiting + counts.open + counts.inError + counts.asked;
  out.say(
    `${String(counts.provisioned)} are in with all that they are to have. Left: ${String(counts.waiting)} wait, ${String(counts.open)} are under way, ${String(counts.inError)} are in error, about ${String(counts.asked)} an operator is asked; ${String(counts.left)} have left the scope.`,
  );
  if (state !== 'running' && report.gate && rest > 0)
    out.say('Who waits goes on waiting, newcomers too, until another onboarding takes them.');
  const codes = Object.entries(report.errors).map(([code, count]) => `${code} ${String(count)}`);
  if (codes.length > 0) out.say(`In error now: ${codes.join(', ')} (itasca errors show <code>)`);
  out.table(
    ['not through', 'kind', 'wave', 'stands', 'codes'],
    report.left.map((one) => [one.dn, one.kind, one.wave ?? '', STANDS[one.standing] ?? '', one.codes.join(' ')]),
  );
  out.table(
    ['when', 'what', 'who'],
    report.events.map(({ at, what, who }) => [at.toISOString(), what, who ?? '']),
  );
}

const STANDS: Readonly<Record<string, string>> = {
  waiting: 'waits',
  open: 'under way',
  inError: 'in error',
  asked: 'asked about',
};
