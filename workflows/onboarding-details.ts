import type { OnboardingProgress } from './messages.ts';

const STAGES: Readonly<Record<OnboardingProgress['stage'], string>> = {
  opening: 'Begins.',
  preflight: 'Looks at the forests, the accounts and all that the configuration names.',
  'finding who waits': 'A cycle reads the forest and finds who waits.',
  waves: 'Admits objects by waves; the cycles of the forest write them.',
  completed: 'Done.',
  stopped: 'Stopped: who is in stays in, who waits goes on waiting.',
  refused: 'Refused.',
};

/** An onboarding as the Temporal UI shows it, in Markdown. Names of waves name nobody. */
export function describeOnboarding(progress: OnboardingProgress): string {
  const { stage, wave, waves, rate, paused, waitsForApproval, left, activeMs } = progress;
  const name = waves[wave]?.name;
  return [
    STAGES[stage],
    ...(stage === 'waves' && name !== undefined
      ? [`Wave ${String(wave + 1)} of ${String(waves.length)} (${name}), ${String(rate)} objects a minute at most.`]
      : []),
    ...(paused === null ? [] : [`**Paused**: ${paused}. \`itasca onboard resume\`, or update \`resume\`, goes on.`]),
    ...(waitsForApproval
      ? [
          '**The pilot is through.** `itasca onboard approve`, or update `approve`, has the rest come in; update `stop` ends it.',
        ]
      : []),
    `Has worked ${minutes(activeMs)}; left by the rate of late: ${left === null ? 'not known yet' : minutes(left)}.`,
    '',
    '| wave | waiting | admitted | written | under way | provisioned | in error | asked about | left the scope |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...waves.map(
      (one) =>
        `| ${[one.name, one.waiting, one.admitted, one.written, one.open, one.provisioned, one.inError, one.asked, one.left].join(' | ')} |`,
    ),
    ...(progress.counts !== null && progress.counts.inNoWave > 0
      ? ['', `${String(progress.counts.inNoWave)} wait whom no wave takes.`]
      : []),
  ].join('\n');
}

function minutes(milliseconds: number): string {
  return milliseconds < 120_000
    ? `${String(Math.round(milliseconds / 1000))} s`
    : `${String(Math.round(milliseconds / 60_000))} min`;
}
