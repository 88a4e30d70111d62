import { withoutOthers, ELSEWHERE } from '../../activities/report/names.ts';
import {
  covered,
  dayBefore,
  dayOf,
  isDay,
  momentText,
  startOfDay,
  subjectKey,
} from '../../activities/report/subject.ts';
import { configurationSchema } from '../../rules/configuration.ts';
import { isDelivered, reportSchema } from '../../rules/report-settings.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';

test.each([
  ['2026-11-22', 'UTC', '2026-11-22T00:00:00Z'],
  ['2026-11-22', 'Europe/Berlin', '2026-11-21T23:00:00Z'],
  ['2026-07-01', 'Europe/Berlin', '2026-06-30T22:00:00Z'],
  ['2026-11-22', 'Pacific/Kiritimati', '2026-11-21T10:00:00Z'],
  ['2026-11-22', 'Pacific/Pago_Pago', '2026-11-22T11:00:00Z'],
  ['2026-11-22', 'Asia/Kathmandu', '2026-11-21T18:15:00Z'],
  // The clocks go forward at midnight: the day begins at one.
  ['2026-03-29', 'Asia/Beirut', '2026-03-28T22:00:00Z'],
])('%s begins in %s at %s', (day, zone, moment) => {
  expect(startOfDay(day, zone)).toEqual(new Date(moment));
  expect(dayOf(new Date(moment), zone)).toBe(day);
  expect(dayOf(new Date(Date.parse(moment) - 1), zone)).toBe(dayBefore(day));
});

test('a day of a report is as long as it is there', () => {
  const { period } = covered('contoso', { kind: 'day', day: '2026-10-25' }, 'Europe/Berlin', new Date());
  if (!('from' in period)) throw new Error('no time');
  expect((period.to.getTime() - period.from.getTime()) / 3_600_000).toBe(25);
});

test('reports of a day and of a cycle are the same however often they are asked for', () => {
  expect(subjectKey({ kind: 'day', day: '2026-11-22' }, 'a')).toBe(subjectKey({ kind: 'day', day: '2026-11-22' }, 'b'));
  expect(subjectKey({ kind: 'cycle', run: '17' }, 'a')).toBe('run/17');
  expect(subjectKey({ kind: 'now' }, 'a')).not.toBe(subjectKey({ kind: 'now' }, 'b'));
});

test('only what the calendar has is a day', () => {
  expect(['2026-11-22', '2024-02-29'].every(isDay)).toBe(true);
  expect(['2026-02-29', '2026-13-01', '22.11.2026', '2026-1-1', '', '../../etc'].some(isDay)).toBe(false);
});

test('a moment is told in the time zone of the report', () => {
  expect(momentText(new Date('2026-11-22T23:30:00Z'), 'Europe/Berlin')).toBe('2026-11-23 00:30');
});

// Shows: Reports / objects of other customers are not named (none)
test('what is not the customer’s own is not named', () => {
  const { forests, managed } = sampleConfiguration();
  const [forest] = forests;
  const source = `CN=Ada,${forest?.domains[0]?.namingContext ?? ''}`;
  const own = `CN=Li\\, Ann,${managed.ou}`;
  const other = `CN=Max (A),OU=litware,OU=Customers,${managed.namingContext}`;
  const foreign = 'CN=Eve,OU=People,DC=corp,DC=litware,DC=test';
  const text = `${other} (by mail, joined to ${foreign}) and ${own} and ${source} match`;
  expect(withoutOthers(text, { forests, managed })).toBe(
    `${ELSEWHERE} (by mail, joined to ${ELSEWHERE}) and ${own} and ${source} match`,
  );
  expect(withoutOthers('homeMDB is present, but mail is "x"', { forests, managed })).toBe(
    'homeMDB is present, but mail is "x"',
  );
});

describe('the settings of reports', () => {
  test('have defaults by which none is delivered', () => {
    const reports = reportSchema.parse({});
    expect(reports).toMatchObject({ when: 'daily', at: '06:00', timeZone: 'UTC', to: [] });
    expect(isDelivered(reports)).toBe(false);
    expect(isDelivered({ to: [], folder: '/var/lib/itasca/reports' })).toBe(true);
  });

  test.each([
    [{ at: '24:00' }, 'time of the day'],
    [{ timeZone: 'Mars/Olympus' }, 'IANA'],
    [{ to: ['nobody'] }, 'a mail address'],
    [{ to: ['a@b.c', 'A@b.c'] }, 'is named twice'],
    [{ to: ['a@b.c\nBcc: eve@example.net'] }, 'a mail address'],
    [{ trend: 1 }, 'reports'],
  ])('%j is refused', (reports, message) => {
    const parsed = configurationSchema.safeParse({ ...sampleConfiguration(), reports });
    expect(JSON.stringify(parsed.error?.issues)).toContain(message);
  });
});
