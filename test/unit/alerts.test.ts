import fc from 'fast-check';
import { ALERT_KINDS } from '../../rules/alert-settings.ts';
import { alertsOf, isNews, type AlertFacts } from '../../rules/alerts.ts';
import { configurationSchema } from '../../rules/configuration.ts';
import { alertWaysOf } from '../../worker/alert-settings.ts';
import { readSettings, SettingsError } from '../../worker/settings.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';

const now = Date.parse('2026-11-23T12:00:00Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const nothing: AlertFacts = {
  ...{ customer: 'contoso', lists: [], questions: [], maps: [], offboardings: [], failures: [] },
  ...{ domains: [], warnings: [], onboardings: [] },
  forests: [
    {
      ...{ forest: 'corp', every: '15m', newestWaits: false },
      lastCompletedAt: new Date(now - 44 * MINUTE),
      configuredAt: new Date(now - DAY),
    },
  ],
};

function keys(more: Partial<AlertFacts>): readonly string[] {
  return alertsOf({ ...nothing, ...more }, now).map(({ key, kind }) => `${kind} ${key}`);
}

function forest(more: Partial<AlertFacts['forests'][number]>): Partial<AlertFacts> {
  return { forests: nothing.forests.map((one) => ({ ...one, ...more })) };
}

// Shows: Alerts / a cycle is overdue after three intervals, not while it waits for an operator (none)
test('a cycle is overdue after three intervals', () => {
  expect(keys({})).toEqual([]);
  expect(keys(forest({ lastCompletedAt: new Date(now - 46 * MINUTE) }))).toEqual(['overdue overdue/corp']);
  expect(keys(forest({ lastCompletedAt: new Date(now - 46 * MINUTE), newestWaits: true }))).toEqual([]);
  expect(keys(forest({ lastCompletedAt: null, configuredAt: new Date(now - 46 * MINUTE) }))).toEqual([
    'overdue overdue/corp',
  ]);
});

// Shows: Alerts / the gap since a domain was read: at half of the tombstone lifetime, and worse when it has passed (none)
test('a gap is told at half of the tombstone lifetime and again when it has passed', () => {
  const gap = (days: number): ReturnType<typeof alertsOf> =>
    alertsOf(
      {
        ...nothing,
        domains: [
          {
            forest: 'corp',
            namingContext: 'dc=x',
            readAt: new Date(now - days * DAY),
            tombstoneDays: 180,
            stale: null,
          },
          { forest: 'corp', namingContext: 'dc=y', readAt: null, tombstoneDays: null, stale: null },
        ],
      },
      now,
    );
  expect(gap(89)).toEqual([]);
  const [half] = gap(90);
  const [passed] = gap(180);
  if (half === undefined || passed === undefined) throw new Error('no alert');
  expect(half.key).toBe(passed.key);
  expect(isNews(half, passed)).toBe(true);
  expect(isNews(passed, half)).toBe(false);
});

// Shows: Alerts / what waits for an answer, rights that are lost, and an onboarding that has paused itself (none)
test('each thing that waits for somebody has an alert of its own', () => {
  const list = { forest: 'corp', run: '17', hash: 'abc', changes: 3, reasons: ['title changed: 3 of 10'] };
  const question = { forest: 'corp', number: 1, newest: new Date(now) };
  const questions = [
    { ...question, kind: 'case' },
    { ...question, kind: 'join' },
  ] as const;
  expect(keys({ lists: [list], maps: ['4'], offboardings: ['9'], questions })).toEqual([
    'approval list/17',
    'approval offboarding/9',
    'case cases/corp',
    'case joins/corp',
    'case map/4',
  ]);
  const lost = { forest: 'corp', namingContext: 'dc=x', code: 'FW201', attribute: 'mail' } as const;
  const [rights] = alertsOf({ ...nothing, warnings: [lost, { ...lost, code: 'FW103', attribute: '' }] }, now);
  expect(rights).toMatchObject({
    kind: 'rights',
    weight: 1,
    text: expect.stringContaining('FW201 dc=x mail') as string,
  });
  const onboarding = {
    forest: 'corp',
    id: '2',
    paused: { event: 5, reason: 'paused: 6 % in error' },
    pilot: { event: 4 },
  };
  expect(keys({ onboardings: [onboarding] })).toEqual(['budget onboarding/2/paused', 'approval onboarding/2/pilot']);
});

// Shows: Alerts / a new case is told also when another was answered meanwhile; one answered is not (none)
test('each case that comes up is told', () => {
  const cases = (number: number, minutesAgo: number): ReturnType<typeof alertsOf>[number] => {
    const newest = new Date(now - minutesAgo * MINUTE);
    const [one] = alertsOf({ ...nothing, questions: [{ forest: 'corp', kind: 'case', number, newest }] }, now);
    if (one === undefined) throw new Error('no alert');
    return one;
  };
  expect(isNews(cases(2, 20), cases(2, 3))).toBe(true);
  expect(isNews(cases(2, 3), cases(1, 20))).toBe(false);
});

// Shows: Alerts / a cycle that has failed by what does not pass by itself, with cause; one whose forest was only away is not told before it is overdue (none)
test('a failed cycle is told when somebody must mend something', () => {
  const failed = (type: string): AlertFacts['failures'] => [{ forest: 'corp', type, message: 'why' }];
  expect(keys({ failures: failed('DirectoryUnavailable') })).toEqual([]);
  expect(keys({ failures: failed('LockLost') })).toEqual([]);
  for (const type of ['DirectoryRefused', 'SecretUnreadable', 'Defect'])
    expect(alertsOf({ ...nothing, failures: failed(type) }, now)).toMatchObject([
      { key: 'failed/corp', kind: 'failed', text: expect.stringContaining(`${type}: why`) as string },
    ]);
});

// Shows: Alerts / a domain that refuses the account is told at once, one that can not be read after three intervals, each once (none)
test('a domain that can not be read is told, though the cycles of its forest complete', () => {
  const domains = (minutes: number, refused: boolean): AlertFacts['domains'] => [
    {
      ...{ forest: 'corp', namingContext: 'dc=x', readAt: new Date(now - DAY), tombstoneDays: 180 },
      stale: { since: new Date(now - minutes * MINUTE), problem: 'dc1: no', refused },
    },
  ];
  const failures = [{ forest: 'corp', type: 'DirectoryRefused', message: 'dc1: no' }];
  expect(keys({ domains: domains(1, true), failures })).toEqual(['rights domain/corp/dc=x']);
  expect(keys({ domains: domains(44, false) })).toEqual([]);
  expect(keys({ domains: domains(46, false) })).toEqual(['overdue domain/corp/dc=x']);
  const late = forest({ lastCompletedAt: new Date(now - 46 * MINUTE) });
  expect(keys({ domains: domains(46, false), ...late })).toEqual(['overdue overdue/corp']);
});

// Shows: Alerts / told anew when it is another or worse, not when it is the same or less (none)
test('the same is never news, and less of it is not', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(9), fc.nat(9), (one, other, before, after) => {
      expect(isNews({ content: one, weight: before }, { content: one, weight: after })).toBe(false);
      expect(isNews({ content: one, weight: before }, { content: other, weight: after })).toBe(
        one !== other && after >= before,
      );
    }),
  );
});

// Shows: Alerts / wrong settings are refused with their place (none)
test('settings are refused at the edge', () => {
  const configured = (alerts: unknown): readonly string[] => {
    const parsed = configurationSchema.safeParse({ ...sampleConfiguration(), alerts });
    return parsed.success ? [] : parsed.error.issues.map((issue) => issue.path.join('.'));
  };
  expect(configured({ to: ['ops@contoso.test'], kinds: [...ALERT_KINDS] })).toEqual([]);
  expect(configured({ to: ['nobody'] })).toEqual(['alerts.to.0']);
  expect(configured({ kinds: ['noise'] })).toEqual(['alerts.kinds.0']);
  expect(configured({ kinds: [] })).toEqual(['alerts.kinds']);
  const worker = (more: NodeJS.ProcessEnv): unknown => {
    const environment = { DATABASE_URL: 'postgres://localhost/x', ...more };
    return readSettings(environment).alerts;
  };
  expect(worker({})).toBeUndefined();
  expect(worker({ ITASCA_ALERT_WEBHOOK: 'https://hooks.example/x?key=1' })).toEqual({
    webhook: 'https://hooks.example/x?key=1',
  });
  expect(worker({ ITASCA_ALERT_WEBHOOK: 'http://127.0.0.1:9/x' })).toEqual({ webhook: 'http://127.0.0.1:9/x' });
  for (const wrong of ['http://hooks.example/x', 'https://me:secret@hooks.example', 'ftp://127.0.0.1', 'hook'])
    expect(() => worker({ ITASCA_ALERT_WEBHOOK: wrong })).toThrow(SettingsError);
  expect(() => worker({ ITASCA_ALERT_COMMAND: '["page"]' })).toThrow('absolute path');
  expect(() => worker({ ITASCA_ALERT_COMMAND: '["/bin/true"]', ITASCA_ALERT_VARIABLES: 'DATABASE_URL' })).toThrow(
    "worker's own variables",
  );
  expect(
    alertWaysOf({ ITASCA_ALERT_COMMAND: ['/bin/page', '-v'], ITASCA_ALERT_VARIABLES: ['KEY', 'NO'] }, { KEY: 'k' }),
  ).toMatchObject({
    program: { program: '/bin/page', arguments: ['-v'], variables: { KEY: 'k' } },
  });
});
