import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { deprovisioningPage, transitionRows } from '../../scripts/docs/deprovisioning-page.ts';
import {
  DEFAULT_MEANINGS,
  ENDINGS,
  HOLDINGS,
  MEANINGS,
  transition,
  TRIGGERS,
  type Holding,
  type Trigger,
} from '../../rules/transitions.ts';

const well = { litigationHold: false, inError: false };
const mailboxes = ['linked', 'shared', 'sharedLinked', 'room', 'equipment', 'lyncRoom'] as const;

// Shows: Deprovisioning / what triggers which, by default (none)
test.each<[Holding, Trigger, string]>([
  ...mailboxes.map((has): [Holding, Trigger, string] => [has, 'removalValue', 'mailUser']),
  ['mailUser', 'removalValue', 'nothing'],
  ['linked', 'mailCleared', 'mailDisable'],
  ['mailUser', 'mailCleared', 'mailDisable'],
  ['contact', 'mailCleared', 'mailDisable'],
  ['none', 'mailCleared', 'nothing'],
  ['linked', 'outOfScope', 'remove'],
  ['linked', 'filtered', 'remove'],
  ['linked', 'deleted', 'remove'],
  ['contact', 'deleted', 'remove'],
  ['group', 'mailCleared', 'removeGroup'],
  ['group', 'deleted', 'removeGroup'],
  ['removed', 'deleted', 'nothing'],
  ['linked', 'returned', 'giveBack'],
  ['inactive', 'returned', 'giveBack'],
])('%s, %s: %s', (has, trigger, happens) => {
  expect(transition(has, trigger, well)).toEqual({ happens });
});

// Shows: Deprovisioning / on litigation hold to inactive, and nothing ends meanwhile (none)
test('on litigation hold a mailbox becomes inactive, and nothing ends', () => {
  const held = { litigationHold: true, inError: false };
  for (const has of mailboxes)
    for (const ending of ENDINGS)
      expect(transition(has, ending, held)).toMatchObject({
        happens: 'inactivate',
        then: DEFAULT_MEANINGS[ending],
      });
  expect(transition('inactive', 'outOfScope', held)).toEqual({ happens: 'wait', then: 'remove' });
  expect(transition('mailUser', 'deleted', held)).toEqual({ happens: 'wait', then: 'remove' });
});

// Shows: Deprovisioning / refused while the object is in error (none)
test('nothing ends while the object is in error, unless it is deleted', () => {
  const inError = { litigationHold: false, inError: true };
  for (const ending of ENDINGS)
    expect(transition('linked', ending, inError)).toEqual(
      ending === 'deleted' ? { happens: 'remove' } : { happens: 'refused', code: 'PE401' },
    );
  expect(transition('linked', 'returned', inError)).toEqual({ happens: 'refused', code: 'PE401' });
});

// Shows: Kinds / the recipient kind is fixed (none)
test('the recipient kind of a mailbox does not change', () => {
  for (const has of mailboxes)
    expect(transition(has, 'kindChanged', well)).toEqual({ happens: 'refused', code: 'PE403' });
  expect(transition('mailUser', 'kindChanged', well)).toEqual({ happens: 'nothing' });
});

test('whatever a trigger is configured to mean, a litigation hold and an error keep what is there', () => {
  const meaning = fc.constantFrom(...MEANINGS);
  fc.assert(
    fc.property(
      fc.constantFrom(...HOLDINGS),
      fc.constantFrom(...TRIGGERS),
      fc.record({ litigationHold: fc.boolean(), inError: fc.boolean() }),
      fc.record({
        removalValue: meaning,
        mailCleared: meaning,
        outOfScope: meaning,
        filtered: meaning,
        deleted: meaning,
      }),
      (has, trigger, circumstances, meanings) => {
        const { happens } = transition(has, trigger, circumstances, meanings);
        const ends = ['mailUser', 'mailDisable', 'remove', 'removeGroup'].includes(happens);
        expect(ends && circumstances.litigationHold).toBe(false);
        expect(ends && circumstances.inError && trigger !== 'deleted').toBe(false);
        expect(happens === 'removeGroup').toBe(ends && has === 'group');
      },
    ),
  );
});

test('docs/deprovisioning.md is what the rules say, with every state and every trigger', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'deprovisioning.md'), 'utf8');
  expect(page).toBe(deprovisioningPage());
  expect(transitionRows()).toHaveLength(HOLDINGS.length * TRIGGERS.length * 3);
});
