import type { Evaluation } from '../../rules/evaluate.ts';
import { evaluationDifference } from '../../rules/evaluation-difference.ts';

const before: Evaluation = {
  guid: '11111111-2222-3333-4444-555555555555',
  inScope: true,
  scopeRule: 'included organizational unit OU=People',
  wanted: { title: ['Engineer'], department: ['Works'], otherTelephone: ['1', '2'] },
  service: {},
  claims: [],
  keys: [],
  errors: [{ code: 'SE101', attribute: 'mail', details: 'mail holds a blank' }],
  createdAt: '20260801120000.0Z',
};
const owned = ['title', 'otherTelephone'];

test('equal decisions differ in nothing, whatever the order of values', () => {
  const after = { ...before, wanted: { ...before.wanted, otherTelephone: ['2', '1'] } };
  expect(evaluationDifference(before, after, owned)).toBeNull();
});

test('a changed value is shown with both values; what does not flow any more stays as it is', () => {
  const after = { ...before, wanted: { title: [], otherTelephone: ['1', '2'] }, errors: [] };
  expect(evaluationDifference(before, after, owned)).toMatchObject({
    scope: null,
    attributes: [
      { attribute: 'department', before: ['Works'], after: null },
      { attribute: 'title', before: ['Engineer'], after: [] },
    ],
    services: [],
    newErrors: [],
    solvedErrors: ['SE101'],
  });
});

test('who leaves the scope is told with the rule, not attribute by attribute', () => {
  const after: Evaluation = {
    ...before,
    inScope: false,
    scopeRule: 'rejected',
    ending: 'filtered',
    wanted: {},
    service: {},
    errors: [],
  };
  expect(evaluationDifference(before, after, owned)).toMatchObject({
    scope: 'leaves',
    scopeRule: 'rejected',
    ending: 'filtered',
    attributes: [],
    services: [],
  });
  expect(evaluationDifference(after, before, owned)).toMatchObject({ scope: 'enters', ending: null });
});
