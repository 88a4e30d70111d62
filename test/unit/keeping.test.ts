import { configurationSchema } from '../../rules/configuration.ts';
import { cutoff, namespaceDays } from '../../rules/keeping.ts';
import { keepingSchema } from '../../rules/keeping-settings.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';

const now = new Date('2026-11-23T03:30:00Z');

function refusal(change: object): readonly string[] {
  const { error } = configurationSchema.safeParse({ ...sampleConfiguration(), ...change });
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

// Shows: Keeping / each part of the record by the time that is configured for it (none)
test('a part is deleted when the time is over that is configured for it', () => {
  const keeping = keepingSchema.parse({ history: '90d', deletedObjects: '200d', reports: '10d' });
  expect(cutoff('changes', keeping, now).toISOString()).toBe('2026-08-25T03:30:00.000Z');
  expect(cutoff('answers', keeping, now)).toEqual(cutoff('cycles', keeping, now));
  expect(cutoff('sourceObjects', keeping, now).toISOString()).toBe('2026-05-07T03:30:00.000Z');
  expect(cutoff('reports', keeping, now).toISOString()).toBe('2026-11-13T03:30:00.000Z');
});

// Shows: Keeping / Temporal keeps histories as long as the customer that asks for longest (none)
test('one namespace keeps histories as long as any of its customers asks for', () => {
  expect(namespaceDays([])).toBe(1);
  expect(namespaceDays([{ workflows: '30d' }, { workflows: '90d' }, { workflows: '7d' }])).toBe(90);
});

// Shows: Keeping / what contradicts itself is refused with its place (none)
test('the record must hold what the charts show, and is counted in whole days', () => {
  expect(refusal({ keeping: { history: '20d' } })).toEqual([
    'keeping.history: is shorter than the 30 days of the charts (reports.trend), which show cycles that are on record',
  ]);
  expect(refusal({ keeping: { history: '30d' } })).toEqual([]);
  for (const wrong of ['12h', '0d', '30', 30])
    expect(refusal({ keeping: { workflows: wrong } })).toEqual([expect.stringContaining('keeping.workflows: ')]);
});
