import type { OffboardingProgress } from './messages.ts';

const STAGES: Readonly<Record<OffboardingProgress['stage'], string>> = {
  opening: 'Begins.',
  'waiting for approval':
    '**Nobody has left yet.** `itasca offboard approve`, or update `approve`, has the first wave begin; update `stop` ends it.',
  waves:
    'Takes objects out of service by waves; the cycles of the customer write them, and the guard holds what passes its limits.',
  'services end': 'Everybody is out of service. Waits until the grace and retention times of all are over.',
  'ending workflows': 'No cycle of the customer begins any more. Ends its workflows.',
  completed: 'Done: nothing of the customer is synchronized any more.',
  stopped: 'Stopped: who has left stays out, everybody else stays in service.',
  refused: 'Refused.',
};

/** An offboarding by waves as the Temporal UI shows it, in Markdown. */
export function describeOffboarding({ stage, wave, waveSize, paused, nextAt, counts }: OffboardingProgress): string {
  return [
    STAGES[stage],
    ...(wave === 0 ? [] : [`Wave ${String(wave)}, of ${String(waveSize)} objects at most.`]),
    ...(nextAt === null ? [] : [`The next wave begins at ${new Date(nextAt).toISOString()}.`]),
    ...(paused === null ? [] : [`**Paused**: ${paused}. \`itasca offboard resume\`, or update \`resume\`, goes on.`]),
    ...(counts === null
      ? []
      : [
          ...(counts.held > 0
            ? [
                `**The guard holds ${String(counts.held)} of them**: \`itasca status\` shows the list and how to answer it.`,
              ]
            : []),
          '',
          '| waiting | taken | held by the guard | rejected | services end | blocked | gone | kept |',
          '| --- | --- | --- | --- | --- | --- | --- | --- |',
          `| ${[counts.waiting, counts.open, counts.held, counts.refused, counts.ending, counts.blocked, counts.gone, counts.kept].join(' | ')} |`,
        ]),
  ].join('\n');
}
