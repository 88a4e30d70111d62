import { RECIPIENT_KINDS } from '../../rules/recipients.ts';
import { expected, Transitions, VALUES, type Row } from '../support/transitions.ts';

const plain = { circumstance: '', code: null } as const;
const held = { circumstance: 'litigation hold', code: 'PE402' } as const;

const rows: readonly Row[] = [
  ...RECIPIENT_KINDS.flatMap((has): readonly Row[] => [
    { has, trigger: 'removalValue', ...plain, image: 'mail user', next: ['returned', 'as before'] },
    { has, trigger: 'mailCleared', ...plain, image: 'mail-disabled', next: ['returned', 'as before'] },
    { has, trigger: 'outOfScope', ...plain, image: 'mailbox off and hidden', next: ['returned', 'as before'] },
    { has, trigger: 'filtered', ...plain, image: 'mailbox off and hidden' },
    { has, trigger: 'deleted', ...plain, image: 'mailbox off and hidden' },
    { has, trigger: 'kindChanged', ...plain, image: 'as before', code: 'PE403' },
    { has, trigger: 'removalValue', circumstance: 'in error', image: 'as before', code: 'PE401' },
    { has, trigger: 'removalValue', ...held, image: 'inactive', next: ['hold lifted', 'mail user'] },
  ]),
  { has: 'linked', trigger: 'mailCleared', ...held, image: 'inactive', next: ['hold lifted', 'mail-disabled'] },
  { has: 'linked', trigger: 'outOfScope', ...held, image: 'inactive', next: ['returned', 'as before'] },
  { has: 'linked', trigger: 'filtered', ...held, image: 'inactive', next: ['returned', 'as before'] },
  { has: 'linked', trigger: 'deleted', ...held, image: 'inactive', next: ['hold lifted', 'mailbox off and hidden'] },
  { has: 'mailUser', trigger: 'removalValue', ...plain, image: 'as before' },
  { has: 'mailUser', trigger: 'mailCleared', ...plain, image: 'mail-disabled', next: ['returned', 'as before'] },
  { has: 'mailUser', trigger: 'outOfScope', ...plain, image: 'hidden', next: ['returned', 'as before'] },
  { has: 'mailUser', trigger: 'filtered', ...plain, image: 'hidden', next: ['returned in error', 'hidden'] },
  { has: 'mailUser', trigger: 'deleted', ...plain, image: 'hidden' },
  { has: 'mailUser', trigger: 'outOfScope', ...held, image: 'as before', next: ['hold lifted', 'hidden'] },
  { has: 'contact', trigger: 'mailCleared', ...plain, image: 'mail-disabled', next: ['returned', 'as before'] },
  { has: 'contact', trigger: 'outOfScope', ...plain, image: 'hidden', next: ['returned', 'as before'] },
  { has: 'contact', trigger: 'filtered', ...plain, image: 'hidden' },
  { has: 'contact', trigger: 'deleted', ...plain, image: 'hidden' },
  { has: 'group', trigger: 'mailCleared', ...plain, image: 'hidden', next: ['returned', 'as before'] },
  { has: 'group', trigger: 'outOfScope', ...plain, image: 'hidden', next: ['returned', 'as before'] },
  { has: 'group', trigger: 'filtered', ...plain, image: 'hidden' },
  { has: 'group', trigger: 'deleted', ...plain, image: 'hidden' },
];

let transitions: Transitions;

beforeAll(async () => {
  transitions = await Transitions.play(rows);
}, 400_000);

afterAll(() => transitions.dispose(), 60_000);

// Shows: Deprovisioning / the table of transitions, row by row, each image attribute by attribute (samba)
test.each(rows.map((row) => [row.has, row.trigger, row.circumstance, row] as const))('%s, %s %s', (...[, , , row]) => {
  const before = transitions.image(row, 0);
  expect(before['msExchMailboxGuid']).toHaveLength(row.has in VALUES ? 1 : 0);
  expect(transitions.image(row, 1)).toEqual(expected(row.image, before));
  expect(transitions.codes(row, 1)).toEqual(row.code === null ? [] : expect.arrayContaining([row.code]));
});

// Shows: Deprovisioning / given back when the object returns; after a litigation hold what was asked for (samba)
test.each(
  rows.flatMap((row) =>
    row.next === undefined ? [] : [[row.has, row.trigger, row.next[0], row.next[1], row] as const],
  ),
)('%s, %s, then %s: %s', (_has, _trigger, what, image, row) => {
  const before = transitions.image(row, 0);
  const after = what === 'hold lifted' ? { ...before, msExchLitigationHoldDate: [] } : before;
  expect(transitions.image(row, 2)).toEqual(expected(image, after));
  if (what === 'returned in error') expect(transitions.codes(row, 2)).toContain('PE401');
});
