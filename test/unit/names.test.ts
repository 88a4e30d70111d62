import fc from 'fast-check';
import { cnCandidates, samCandidates } from '../../rules/names.ts';
import type { ObjectKind } from '../../rules/objects.ts';
import { anyGuid, anyText } from '../support/source-object.ts';

const guid = '0d7be4b4-2c0c-4a41-9a37-cd4dbf0dcb1c';

describe('candidates for sAMAccountName', () => {
  test('begin with the source’s own name, then carry more and more digits of the objectGUID', () => {
    expect(samCandidates('user', 'adoe', guid)).toEqual(['adoe', 'adoe-0d7b', 'adoe-0d7be4b4', 'ado-0d7be4b42c0c4a41']);
    expect(samCandidates('group', 'Sales', guid)).toEqual([
      'Sales',
      'Sales-0d7b',
      'Sales-0d7be4b4',
      'Sales-0d7be4b42c0c4a41',
    ]);
  });

  test('a contact has none', () => {
    expect(samCandidates('contact', 'ann', guid)).toEqual([]);
  });

  test.each([
    ['a name with characters that Active Directory refuses', 'a"d/o\\e[x]:;|=,+*?<>@', 'adoex'],
    ['a name with control characters', 'a\tdoe\n', 'adoe'],
    ['spaces and periods at the ends', ' a.doe . ', 'a.doe'],
    ['a period that comes to the end by cutting', 'abcdefghijklmnopqrs.tuv', 'abcdefghijklmnopqrs'],
    ['a space that comes to the end by cutting', 'abcdefghijklmnopqrs tuv', 'abcdefghijklmnopqrs'],
    ['letters of other scripts', 'Łukasz', 'Łukasz'],
    ['nothing that is left', '///', 'u0d7be4b42c0c'],
    ['only periods', '....', 'u0d7be4b42c0c'],
    ['periods as far as the limit', `${'.'.repeat(25)}x`, 'u0d7be4b42c0c'],
    ['an empty name', '', 'u0d7be4b42c0c'],
    ['no name', undefined, 'u0d7be4b42c0c'],
  ])('%s', (_what, source, candidate) => {
    expect(samCandidates('user', source, guid)[0]).toBe(candidate);
  });

  test('are cut to what the directory takes: 20 characters for a user, 256 for a group', () => {
    const digits = ['', '-0d7b', '-0d7be4b4', '-0d7be4b42c0c4a41'];
    const cut = (limit: number): string[] => digits.map((end) => 'x'.repeat(limit - end.length) + end);
    expect(samCandidates('user', 'x'.repeat(300), guid)).toEqual(cut(20));
    expect(samCandidates('group', 'x'.repeat(300), guid)).toEqual(cut(256));
  });

  const kind = fc.constantFrom<ObjectKind>('user', 'group');

  // Shows: Flow / sAMAccountName and CN can be stored, whatever the source is called (none)
  test('can be stored, whatever the source’s name', () => {
    fc.assert(
      fc.property(kind, fc.option(anyText(300), { nil: undefined }), anyGuid, (of, source, object) => {
        const candidates = samCandidates(of, source, object);
        expect(candidates).toHaveLength(4);
        for (const name of candidates) {
          expect(name.length).toBeGreaterThan(0);
          expect(name.length).toBeLessThanOrEqual(of === 'user' ? 20 : 256);
          expect(name).not.toMatch(/["/\\[\]:;|=,+*?<>@\p{Cc}]/u);
          expect(name).not.toMatch(/^\s|[\s.]$/);
          expect(name.isWellFormed()).toBe(true);
        }
        expect(samCandidates(of, source, object)).toEqual(candidates);
      }),
    );
  });

  // Shows: Flow / sAMAccountName and CN are made unique (none)
  test('of objects with the same name end in different ones', () => {
    fc.assert(
      fc.property(kind, anyText(40), anyGuid, anyGuid, (of, source, one, other) => {
        fc.pre(one.replaceAll('-', '').slice(0, 16) !== other.replaceAll('-', '').slice(0, 16));
        expect(samCandidates(of, source, one).at(-1)).not.toBe(samCandidates(of, source, other).at(-1));
      }),
    );
  });
});

describe('candidates for the CN', () => {
  test('begin with the source’s own name, then carry digits of the objectGUID', () => {
    expect(cnCandidates('Doe, Ann', guid)).toEqual([
      'Doe, Ann',
      'Doe, Ann (0d7be4b4)',
      'Doe, Ann (0d7be4b42c0c4a419a37cd4dbf0dcb1c)',
    ]);
  });

  test.each([
    ['the mark of a deleted object', `Ann\nDEL:${guid}`, 'Ann'],
    ['the mark of a replication conflict', `Ann\nCNF:${guid}`, 'Ann'],
    ['spaces at the ends', ' Ann ', 'Ann'],
    ['a space that comes to the end by cutting', `${'x'.repeat(63)} y`, 'x'.repeat(63)],
    ['a surrogate pair across the limit', `${'x'.repeat(63)}🚀`, 'x'.repeat(63)],
    ['nothing that is left', '  ', guid.replaceAll('-', '')],
  ])('%s', (_what, source, candidate) => {
    expect(cnCandidates(source, guid)[0]).toBe(candidate);
  });

  test('can be stored, whatever the source’s name', () => {
    fc.assert(
      fc.property(anyText(100), anyGuid, (source, object) => {
        const candidates = cnCandidates(source, object);
        expect(candidates).toHaveLength(3);
        for (const name of candidates) {
          expect(name.length).toBeGreaterThan(0);
          expect(name.length).toBeLessThanOrEqual(64);
          expect(name).toBe(name.trim());
          expect(name.isWellFormed()).toBe(true);
        }
        expect(cnCandidates(source, object)).toEqual(candidates);
      }),
    );
  });

  test('are cut to 64 characters', () => {
    const ends = ['', ' (0d7be4b4)', ' (0d7be4b42c0c4a419a37cd4dbf0dcb1c)'];
    expect(cnCandidates('x'.repeat(65), guid)).toEqual(ends.map((end) => 'x'.repeat(64 - end.length) + end));
  });

  test('a name that fits is taken as it is', () => {
    fc.assert(
      fc.property(anyText(64), anyGuid, (source, object) => {
        fc.pre(source.length <= 64 && source.trim() === source && source !== '' && !source.includes('\n'));
        expect(cnCandidates(source, object)[0]).toBe(source);
      }),
    );
  });

  test('of objects with the same name end in different ones', () => {
    fc.assert(
      fc.property(anyText(80), anyGuid, anyGuid, (source, one, other) => {
        fc.pre(one !== other);
        expect(cnCandidates(source, one).at(-1)).not.toBe(cnCandidates(source, other).at(-1));
      }),
    );
  });
});
