import type { OffboardingCounts, OpenWork } from '../../rules/offboarding.ts';
import type { Offboarding, OffboardingResult, OffboardingWay } from '../../store/offboarding.ts';
import type { LeftOver, offboardingEvents } from '../../store/offboarding-waves.ts';
import type { OffboardingProgress } from '../../workflows/messages.ts';
import { span, type Output } from './output.ts';

const BAR = 30;

const WILL: Readonly<Record<OffboardingWay, string>> = {
  leave: 'stay as they are in the Managed Forest, and are synchronized no more',
  deprovision: 'leave the scope by waves, and their services end as the configuration says',
};

const OPEN: Readonly<Record<keyof OpenWork, string>> = {
  lists: 'lists of changes wait for an answer: they are dropped',
  ends: 'ends of services are in their grace or retention time: their clocks are stopped',
  corrections: 'services wait for a correction: they stay as they are',
  cases: 'joins and cases wait for an answer: they stay unanswered',
  onboardings: 'bulk onboardings run: they are stopped',
};

const STANDS: Readonly<Record<keyof OffboardingCounts, string>> = {
  waiting: 'waiting',
  open: 'taken',
  held: 'held by the guard',
  refused: 'rejected',
  ending: 'services end',
  blocked: 'blocked',
  gone: 'gone',
  kept: 'kept',
};

/** What there is of a customer, and what would become of it. */
export function showFound(
  out: Output,
  customer: string,
  way: OffboardingWay,
  { objects, open }: OffboardingResult,
): void {
  const total = objects.reduce((sum, row) => sum + row.objects, 0);
  out.say(out.strong(`${String(total)} managed objects of ${customer} ${WILL[way]}:`));
  showObjects(out, objects);
  if (way === 'leave') for (const line of openLines(open)) out.say(line);
}

function showObjects(out: Output, objects: OffboardingResult['objects']): void {
  out.table(
    ['forest', 'kind', 'managed objects', 'with services'],
    objects.map((row) => [row.forest, row.kind, String(row.objects), String(row.served)]),
  );
}

function openLines(open: OpenWork): readonly string[] {
  return (Object.keys(OPEN) as (keyof OpenWork)[])
    .filter((what) => open[what] > 0)
    .map((what) => `${String(open[what])} ${OPEN[what]}`);
}

/** Where an offboarding stands, in a few lines: a bar, and what needs a person. */
export function offboardingLines(progress: OffboardingProgress): readonly string[] {
  const { stage, wave, waveSize, counts, nextAt } = progress;
  const where = stage === 'waves' ? `wave ${String(wave)}, at most ${String(waveSize)} objects in each` : stage;
  return [
    nextAt === null ? where : `${where}; the next one begins at ${new Date(nextAt).toISOString()}`,
    ...(counts === null ? [] : [bar(counts), countsLine(counts)]),
    ...attention(progress),
  ];
}

/** What is over, `#`, and what has left and whose services end, `-`. */
function bar({ waiting, open, held, refused, ending, blocked, gone, kept }: OffboardingCounts): string {
  const over = gone + kept;
  const out = over + ending + blocked;
  const all = out + waiting + open + held + refused;
  const done = all === 0 ? 0 : Math.floor((over * BAR) / all);
  const under = all === 0 ? 0 : Math.floor((out * BAR) / all) - done;
  return `[${'#'.repeat(done)}${'-'.repeat(under)}${' '.repeat(BAR - done - under)}] ${String(out)}/${String(all)} have left, ${String(over)} are through`;
}

function countsLine(counts: OffboardingCounts): string {
  return (Object.keys(STANDS) as (keyof OffboardingCounts)[])
    .map((name) => `${String(counts[name])} ${STANDS[name]}`)
    .join(', ');
}

/** What needs a person. */
export function attention({ stage, paused, counts }: OffboardingProgress): readonly string[] {
  const held = counts?.held ?? 0;
  return [
    ...(paused === null ? [] : [`Paused: ${paused}. It goes on with: itasca offboard resume`]),
    ...(stage === 'waiting for approval'
      ? ['Nobody has left yet. The first wave begins with: itasca offboard approve']
      : []),
    ...(held > 0
      ? [`The guard holds ${String(held)} of them: itasca status shows the list and how to answer it.`]
      : []),
  ];
}

/** Who was offboarded, by whom, how long it took, what was there and what is left. */
export function showOffboarding(
  out: Output,
  last: Offboarding,
  events: Awaited<ReturnType<typeof offboardingEvents>>,
  left: readonly LeftOver[],
): void {
  const { customer, way, state, operator, startedAt, endedAt, liftedAt, result } = last;
  out.say(out.strong(`Offboarding of ${customer} (${way}): ${state === 'running' ? 'runs' : state}`));
  out.say(
    `Started ${startedAt.toISOString()}${operator === null ? '' : ` by ${operator}`}${
      endedAt === null ? '' : `, ended ${endedAt.toISOString()}: took ${span(endedAt.getTime() - startedAt.getTime())}`
    }.`,
  );
  if (liftedAt !== null) out.say(`It is not in force any more since ${liftedAt.toISOString()}.`);
  if (result === null) return;
  out.say('What there was when it began:');
  showObjects(out, result.objects);
  if (way === 'leave') for (const line of openLines(result.open)) out.say(line);
  if (result.counts !== undefined) out.say(`After ${String(result.waves ?? 0)} waves: ${countsLine(result.counts)}.`);
  out.table(
    ['when', 'what', 'who'],
    events.map(({ at, what, who }) => [at.toISOString(), what, who ?? '']),
  );
  if (left.length > 0) out.say('What has a managed object still:');
  out.table(
    ['object', 'wave', 'stands', 'errors'],
    left.map(({ dn, wave, standing, codes }) => [dn, String(wave), STANDS[standing], codes.join(', ')]),
  );
}
