import type { OpenWork } from '../../rules/offboarding.ts';
import type { Offboarding, OffboardingResult, OffboardingWay } from '../../store/offboarding.ts';
import { span, type Output } from './output.ts';

const WILL: Readonly<Record<OffboardingWay, string>> = {
  leave: 'stay as they are in the Managed Forest, and are synchronized no more',
  deprovision: 'leave the scope by waves, and lose their services as the configuration says',
};

const OPEN: Readonly<Record<keyof OpenWork, string>> = {
  lists: 'lists of changes wait for an answer: they are dropped',
  ends: 'ends of services are in their grace or retention time: their clocks are stopped',
  corrections: 'services wait for a correction: they stay as they are',
  cases: 'joins and cases wait for an answer: they stay unanswered',
  onboardings: 'bulk onboardings run: they are stopped',
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

/** Who was offboarded, by whom, how long it took and what was there. */
export function showOffboarding(out: Output, last: Offboarding): void {
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
  for (const line of openLines(result.open)) out.say(line);
}
