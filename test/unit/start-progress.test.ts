import { ProgressLine } from '../../scripts/start/progress.ts';
import type { CycleReport } from '../../store/progress.ts';
import { cycleReport } from '../support/cycle-report.ts';

/** What the line writes when it is shown these reports, each some milliseconds after the first. */
function shown(isTTY: boolean, ...steps: readonly (readonly [at: number, report: Partial<CycleReport>])[]): string[] {
  const written: string[] = [];
  const line = new ProgressLine({ isTTY, write: (text) => written.push(text) });
  for (const [at, report] of steps) line.show(cycleReport(report), 1_000_000 + at);
  line.end();
  return written;
}

const reading = (read: number): Partial<CycleReport> => ({ counts: { read } });
const evaluating = (evaluated: number, changed?: number): Partial<CycleReport> => ({
  counts: { read: 1000, evaluated, ...(changed === undefined ? {} : { changed }) },
});
const writing = (written: number, plannedSoFar: number, failed = 0): Partial<CycleReport> => ({
  counts: { read: 1000, evaluated: 1000, changed: 1000, errors: 3 },
  plannedSoFar,
  written,
  failed,
});
const provisioning = (provisioned: number, blocked: number): Partial<CycleReport> => ({
  ...writing(900, 900),
  counts: { read: 1000, evaluated: 1000, errors: 3, servicesStarted: 100 },
  provisioned,
  blocked,
});

test('all counts are on the line', () => {
  expect(shown(false, [0, { ...provisioning(40, 1), failed: 2 }])).toEqual([
    '  read 1000  evaluated 1000  written 900/900  provisioned 40/100  errors 5\n',
  ]);
});

test('what was not counted yet is 0, and a total is shown as soon as there is one', () => {
  expect(shown(false, [0, {}])).toEqual(['  read 0  evaluated 0  written 0  provisioned 0  errors 0\n']);
  expect(shown(false, [0, { plannedSoFar: 1, counts: { servicesStarted: 1 } }])).toEqual([
    '  read 0  evaluated 0  written 0/1  provisioned 0/1  errors 0\n',
  ]);
});

describe('on a terminal', () => {
  test('the line is rewritten whenever something changed, and ended once', () => {
    expect(shown(true, [0, reading(1)], [100, reading(2)], [200, reading(2)])).toEqual([
      '\r\u001b[K  read 1  evaluated 0  written 0  provisioned 0  errors 0',
      '\r\u001b[K  read 2  evaluated 0  written 0  provisioned 0  errors 0',
      '\n',
    ]);
  });

  test('nothing is written where nothing was shown', () => {
    expect(shown(true)).toEqual([]);
  });
});

describe('elsewhere', () => {
  test('plain lines come, without control characters, not more than one in two seconds', () => {
    const lines = shown(false, [0, reading(1)], [1_999, reading(2)], [2_000, reading(3)], [9_000, reading(4)]);
    expect(lines.map((line) => line.replace(/ {2}\(.*/s, ''))).toEqual([
      '  read 1  evaluated 0  written 0  provisioned 0  errors 0\n',
      '  read 3  evaluated 0  written 0  provisioned 0  errors 0',
      '  read 4  evaluated 0  written 0  provisioned 0  errors 0',
    ]);
    for (const line of lines) expect(line.replace(/\n$/, '')).not.toMatch(/\p{Cc}/u);
  });

  test('nothing is repeated', () => {
    expect(shown(false, [0, reading(1)], [10_000, reading(1)])).toHaveLength(1);
  });
});

describe('rate and time left', () => {
  const last = (...steps: readonly (readonly [number, Partial<CycleReport>])[]): string | undefined =>
    / {2}(\(.*\))$/.exec(shown(true, ...steps).at(-2) ?? '')?.[1];

  test('while reading there is a rate, but the end is not known', () => {
    expect(last([0, reading(100)], [2_000, reading(300)])).toBe('(reading 100/s)');
  });

  test('there is one after the first second, from the first object on', () => {
    expect(last([0, reading(0)], [1_000, reading(10)])).toBe('(reading 10/s)');
    expect(last([0, evaluating(1, 100)], [1_000, evaluating(10, 100)])).toBe('(evaluating 9/s, 10 s left)');
    expect(last([0, writing(0, 1)], [1_000, writing(0.5, 1)])).toBe('(writing 1/s, 1 s left)');
  });

  test('while evaluating the time left is known when the number of changed objects is', () => {
    expect(last([0, evaluating(100, 1000)], [2_000, evaluating(300, 1000)])).toBe('(evaluating 100/s, 7 s left)');
    expect(last([0, evaluating(100)], [2_000, evaluating(300)])).toBe('(evaluating 100/s)');
  });

  test('more evaluated than changed, because the rules changed: no time left that is negative', () => {
    expect(last([0, evaluating(100, 10)], [2_000, evaluating(300, 10)])).toBe('(evaluating 100/s)');
  });

  test('while writing, refused changes count as done', () => {
    expect(last([0, writing(0, 1000)], [10_000, writing(450, 1000, 50)])).toBe('(writing 50/s, 10 s left)');
  });

  test('while provisioning, objects that wait for a correction count as done', () => {
    expect(last([0, provisioning(0, 0)], [4_000, provisioning(15, 5)])).toBe('(provisioning 5/s, 16 s left)');
  });

  test('each step has a rate of its own', () => {
    expect(last([0, reading(0)], [2_000, reading(1000)], [2_100, evaluating(10, 1000)])).toBeUndefined();
    expect(last([0, reading(0)], [2_000, evaluating(10, 1000)], [4_000, evaluating(20, 1000)])).toBe(
      '(evaluating 5/s, 196 s left)',
    );
  });

  test.each<[when: string, before: Partial<CycleReport>, at: number, after: Partial<CycleReport>]>([
    ['in the first second', reading(0), 999, reading(500)],
    ['when nothing moves', writing(10, 1000), 5_000, writing(10, 1001)],
    ['when all is done', writing(10, 1000), 5_000, writing(1000, 1000)],
  ])('there is none %s', (_when, before, at, after) => {
    expect(last([0, before], [at, after])).toBeUndefined();
  });

  test('after the end of a cycle the next one begins anew', () => {
    const written: string[] = [];
    const line = new ProgressLine({ isTTY: true, write: (text) => written.push(text) });
    line.show(cycleReport(reading(0)), 0);
    line.show(cycleReport(reading(1000)), 10_000);
    line.end();
    line.show(cycleReport(reading(10)), 20_000);
    expect(written.at(-1)).toBe('\r\u001b[K  read 10  evaluated 0  written 0  provisioned 0  errors 0');
  });
});
