import { overBudget, timeLeft, waveOf, type OnboardingCounts } from '../../rules/onboarding.ts';
import { compileWaves, onboardingWavesSchema } from '../../rules/onboarding-settings.ts';

const counts: OnboardingCounts = {
  ...{ waiting: 60, inNoWave: 0, admitted: 40, written: 35, open: 20, provisioned: 18, inError: 2, asked: 0, left: 0 },
};

// Shows: Onboarding / error budget: pauses itself over a percentage, and says why (none)
test('pauses only over the percentage, and says how many of how many', () => {
  expect(overBudget(counts, 5, 0)).toBeNull();
  expect(overBudget({ ...counts, inError: 3 }, 5, 0)).toBe('3 of 40 admitted objects are in error: more than 5 %');
  expect(overBudget({ ...counts, admitted: 0, inError: 0 }, 0, 0)).toBeNull();
});

test('errors that an operator has accepted do not pause it again, new ones do', () => {
  expect(overBudget({ ...counts, inError: 5 }, 5, 4)).toBeNull();
  expect(overBudget({ ...counts, inError: 7 }, 5, 4)).toBe(
    '7 of 40 admitted objects are in error, 4 of them accepted before: more than 5 %',
  );
});

// Shows: Onboarding / progress with a time left that is not invented (none)
test('the time left is that of the rate measured lately, and unknown before there is one', () => {
  // 20 came through in 10 s of work; 80 are left.
  expect(timeLeft(counts, [{ activeMs: 5_000, through: 0 }], 15_000)).toBe(40_000);
  expect(timeLeft({ ...counts, inNoWave: 20 }, [{ activeMs: 5_000, through: 0 }], 15_000)).toBe(30_000);
  expect(timeLeft(counts, [{ activeMs: 5_000, through: 20 }], 15_000)).toBeNull();
  expect(timeLeft(counts, [], 15_000)).toBeNull();
  expect(timeLeft({ ...counts, waiting: 0, open: 0 }, [], 15_000)).toBe(0);
});

const waves = [
  { name: 'pilot', under: ['OU=IT,DC=contoso,DC=test'], objects: ['4c1b1a46-0000-0000-0000-000000000001'] },
  { name: 'sales', filter: '(department=Sales)' },
];

function person(dn: string, department: string, guid = '4c1b1a46-0000-0000-0000-000000000002') {
  return { guid, kind: 'user', dn, attributes: { department: [department] } } as const;
}

// Shows: Onboarding / waves by OU, filter or list of objects (none)
test('an object comes with the first wave that takes it', () => {
  const compiled = compileWaves(waves);
  expect(waveOf(person('CN=A,OU=Help,OU=it,DC=contoso,DC=test', 'Sales'), compiled)).toBe(0);
  expect(waveOf(person('CN=A,OU=IT2,DC=contoso,DC=test', 'sales'), compiled)).toBe(1);
  expect(waveOf(person('CN=A,DC=contoso,DC=test', '', '4c1b1a46-0000-0000-0000-000000000001'), compiled)).toBe(0);
  expect(waveOf(person('CN=A,DC=contoso,DC=test', 'Research'), compiled)).toBeNull();
  expect(waveOf(person('CN=A,DC=contoso,DC=test', 'Research'), compileWaves([...waves, { name: 'rest' }]))).toBe(2);
});

test.each([
  ['no wave', []],
  ['a wave for everybody before another', [{ name: 'all' }, ...waves]],
  ['two of a name', [...waves, { name: 'pilot', under: ['OU=X,DC=contoso,DC=test'] }]],
  ['a filter with a mistake', [{ name: 'x', filter: '(department=Sales' }]],
  ['a name that the UI should not show', [{ name: 'a|b' }]],
  ['a word that there is not', [{ name: 'x', ous: [] }]],
])('%s is refused', (_, given) => {
  expect(onboardingWavesSchema.safeParse({ waves: given }).success).toBe(false);
  expect(onboardingWavesSchema.safeParse({ waves }).success).toBe(true);
});
