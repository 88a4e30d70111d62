import type { Meanings } from '../../rules/transitions.ts';
import { expected, Transitions, type Row } from '../support/transitions.ts';

const plain = { circumstance: '', code: null } as const;
const held = { circumstance: 'litigation hold', code: 'PE402' } as const;

/** What triggers an end, each with other meanings than by default. */
const PLAYS: readonly { readonly meanings: Meanings; readonly rows: readonly Row[] }[] = [
  {
    meanings: {
      removalValue: 'mailDisable',
      mailCleared: 'remove',
      outOfScope: 'mailUser',
      filtered: 'mailDisable',
      deleted: 'mailUser',
    },
    rows: [
      { has: 'linked', trigger: 'removalValue', ...plain, image: 'mail-disabled', next: ['returned', 'as before'] },
      { has: 'mailUser', trigger: 'removalValue', ...plain, image: 'mail-disabled' },
      { has: 'linked', trigger: 'removalValue', circumstance: 'in error', image: 'as before', code: 'PE401' },
      { has: 'linked', trigger: 'removalValue', ...held, image: 'inactive', next: ['hold lifted', 'mail-disabled'] },
      {
        has: 'room',
        trigger: 'mailCleared',
        ...plain,
        image: 'mailbox off and hidden',
        next: ['returned', 'as before'],
      },
      { has: 'group', trigger: 'mailCleared', ...plain, image: 'hidden', next: ['returned', 'as before'] },
      { has: 'shared', trigger: 'outOfScope', ...plain, image: 'mail user', next: ['returned', 'as before'] },
      { has: 'contact', trigger: 'outOfScope', ...plain, image: 'as before', next: ['returned', 'as before'] },
      { has: 'group', trigger: 'outOfScope', ...plain, image: 'as before' },
      { has: 'linked', trigger: 'filtered', ...plain, image: 'mail-disabled', next: ['returned', 'as before'] },
      { has: 'group', trigger: 'filtered', ...plain, image: 'hidden' },
      { has: 'linked', trigger: 'deleted', ...plain, image: 'mail user' },
      { has: 'mailUser', trigger: 'deleted', ...plain, image: 'as before' },
    ],
  },
  {
    meanings: {
      removalValue: 'remove',
      mailCleared: 'nothing',
      outOfScope: 'nothing',
      filtered: 'mailUser',
      deleted: 'mailDisable',
    },
    rows: [
      {
        has: 'linked',
        trigger: 'removalValue',
        ...plain,
        image: 'mailbox off and hidden',
        next: ['returned', 'as before'],
      },
      { has: 'equipment', trigger: 'removalValue', ...held, image: 'inactive', next: ['returned', 'as before'] },
      { has: 'linked', trigger: 'mailCleared', ...plain, image: 'as before', next: ['returned', 'as before'] },
      { has: 'linked', trigger: 'outOfScope', ...plain, image: 'as before', next: ['returned', 'as before'] },
      { has: 'linked', trigger: 'outOfScope', circumstance: 'litigation hold', code: null, image: 'as before' },
      { has: 'group', trigger: 'outOfScope', ...plain, image: 'as before' },
      { has: 'lyncRoom', trigger: 'filtered', ...plain, image: 'mail user', next: ['returned', 'as before'] },
      { has: 'contact', trigger: 'deleted', ...plain, image: 'mail-disabled' },
      { has: 'sharedLinked', trigger: 'deleted', ...plain, image: 'mail-disabled' },
    ],
  },
  {
    meanings: {
      removalValue: 'nothing',
      mailCleared: 'mailUser',
      outOfScope: 'mailDisable',
      filtered: 'nothing',
      deleted: 'nothing',
    },
    rows: [
      { has: 'linked', trigger: 'removalValue', ...plain, image: 'as before' },
      { has: 'linked', trigger: 'mailCleared', ...plain, image: 'mail user', next: ['returned', 'as before'] },
      { has: 'linked', trigger: 'outOfScope', ...plain, image: 'mail-disabled', next: ['returned', 'as before'] },
      { has: 'contact', trigger: 'filtered', ...plain, image: 'as before' },
      { has: 'linked', trigger: 'deleted', ...plain, image: 'as before' },
      { has: 'group', trigger: 'deleted', ...plain, image: 'as before' },
    ],
  },
];

describe.each(PLAYS.map((play, index) => [`meanings ${String(index + 1)}`, play] as const))(
  '%s',
  (_name, { meanings, rows }) => {
    let transitions: Transitions;

    beforeAll(async () => {
      transitions = await Transitions.play(rows, meanings);
    }, 120_000);

    afterAll(() => transitions.dispose(), 60_000);

    // Shows: Deprovisioning / what triggers which is configurable: other meanings, image by image (samba)
    test.each(rows.map((row) => [row.has, row.trigger, row.circumstance, row.image, row] as const))(
      '%s, %s %s: %s',
      (...[, , , , row]) => {
        expect(transitions.image(row, 1)).toEqual(expected(row.image, transitions.image(row, 0)));
        expect(transitions.codes(row, 1)).toEqual(row.code === null ? [] : expect.arrayContaining([row.code]));
      },
    );

    // Shows: Deprovisioning / given back when the object returns, whatever the trigger means (samba)
    test.each(
      rows.flatMap((row) => (row.next === undefined ? [] : [[row.has, row.trigger, ...row.next, row] as const])),
    )('%s, %s, then %s: %s', (_has, _trigger, what, image, row) => {
      const before = transitions.image(row, 0);
      const after = what === 'hold lifted' ? { ...before, msExchLitigationHoldDate: [] } : before;
      expect(transitions.image(row, 2)).toEqual(expected(image, after));
    });
  },
);
