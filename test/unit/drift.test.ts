import fc from 'fast-check';
import { parseGeneralizedTime, generalizedTime } from '../../directory/values.ts';
import { answerDrift } from '../../rules/drift.ts';

const change = { before: { title: ['Chief'], mail: ['b@x'] }, after: { title: ['Engineer'], mail: ['a@x'] } };
const wanted = { title: ['Engineer'], mail: ['a@x'] };

// Shows: Drift / corrected or reported, as configured, told apart from what the source changed (none)
test('drift is put right, or left out of the change', () => {
  const drifted = new Map([['title', ['Engineer']]]);
  expect(answerDrift(change, drifted, wanted, 'correct')).toEqual({
    change,
    corrected: ['title'],
    reported: [],
    settled: [],
  });
  expect(answerDrift(change, drifted, wanted, 'report')).toEqual({
    change: { before: { mail: ['b@x'] }, after: { mail: ['a@x'] } },
    corrected: [],
    reported: ['title'],
    settled: [],
  });
});

test('what the source has changed since, and what is as wanted again, is settled', () => {
  const drifted = new Map([
    ['title', ['Trainee']],
    ['department', ['R&D']],
  ]);
  expect(answerDrift(change, drifted, wanted, 'report')).toEqual({
    change,
    corrected: [],
    reported: [],
    settled: ['title', 'department'],
  });
});

test('nothing is left of a change that is drift alone, where it is reported', () => {
  const drifted = new Map(Object.entries(wanted));
  expect(answerDrift(change, drifted, wanted, 'report').change).toBeNull();
  expect(answerDrift(null, drifted, wanted, 'report')).toMatchObject({ change: null, settled: ['title', 'mail'] });
});

test('each attribute with drift gets one answer, and what is no drift is written in both modes', () => {
  const names = fc.subarray(['a', 'b', 'c', 'd', 'e']);
  const image = (of: readonly string[]): Record<string, string[]> =>
    Object.fromEntries(of.map((name) => [name, ['x']]));
  fc.assert(
    fc.property(names, names, names, fc.constantFrom('correct', 'report'), (changed, drifting, since, mode) => {
      const drifted = new Map(drifting.map((name) => [name, since.includes(name) ? ['y'] : ['x']]));
      const answer = answerDrift({ before: {}, after: image(changed) }, drifted, image(changed), mode);
      const { corrected, reported, settled } = answer;
      expect([...corrected, ...reported, ...settled].sort()).toEqual(drifting.toSorted());
      expect(Object.keys(answer.change?.after ?? {})).toEqual(changed.filter((name) => !reported.includes(name)));
    }),
  );
});

test('the time of a directory is read as it is written', () => {
  const moment = fc.date({ min: new Date('1900-01-01'), max: new Date('2999-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(moment, (date) => {
      const second = new Date(Math.floor(date.getTime() / 1000) * 1000);
      expect(parseGeneralizedTime(generalizedTime(second))).toEqual(second);
    }),
  );
  expect(parseGeneralizedTime('yesterday')).toBeNull();
  expect(parseGeneralizedTime('20261301000000.0Z')).toBeNull();
});
