import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentError, readArguments } from '../../scripts/seed/arguments.ts';
import { seedObjects } from '../../scripts/seed/objects.ts';

const BASE = 'OU=Seed,DC=corp,DC=contoso,DC=test';

describe('a seed', () => {
  const size = { users: 300, groups: 12, contacts: 40, memberships: 20, largest: 0 };
  const objects = seedObjects(size, BASE, 'b1');
  const of = (kind: string) => objects.filter((object) => object.kind === kind);

  test('is of the size asked for, and the same each time', () => {
    expect([of('user').length, of('group').length, of('contact').length]).toEqual([300, 12, 40]);
    expect(of('group').map((group) => new Set(group.links['member']).size)).toEqual(Array(12).fill(20));
    expect(of('user').filter((user) => 'extensionAttribute9' in user.attributes)).toHaveLength(30);
    expect(of('user').filter((user) => 'manager' in user.links)).toHaveLength(299);
    expect(seedObjects(size, BASE, 'b1')).toEqual(objects);
  });

  test('shares no account, nickname or address with a seed of another prefix', () => {
    const unique = (all: typeof objects): string[] =>
      all
        .flatMap(({ attributes }) =>
          ['sAMAccountName', 'mailNickname', 'proxyAddresses'].map((name) => attributes[name] ?? []),
        )
        .flatMap((values) => values.map((value) => value.toString().toLowerCase()));
    const other = new Set(unique(seedObjects(size, BASE, 'b2')));
    expect(unique(objects).filter((value) => other.has(value))).toEqual([]);
  });

  test('fills small groups with all there are', () => {
    const few = seedObjects({ users: 3, groups: 1, contacts: 0, memberships: 20, largest: 0 }, BASE, '');
    expect(few.find(({ kind }) => kind === 'group')?.links['member']).toHaveLength(3);
  });
});

test('a seed can have a group of many users beside the small ones', () => {
  const objects = seedObjects({ users: 200, groups: 2, contacts: 0, memberships: 5, largest: 150 }, BASE, '');
  const members = objects.flatMap(({ kind, links }) => (kind === 'group' ? [links['member']?.length] : []));
  expect(members).toEqual([5, 5, 150]);
});

describe('the command line of npm run seed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'itasca-seed-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 'secret\n');
  const access = [
    '--url',
    'ldaps://127.0.0.2',
    '--ca-file',
    'ca.pem',
    '--naming-context',
    'DC=a,DC=test',
    '--account',
    'admin@a.test',
  ];

  test('is read', () => {
    expect(
      readArguments([...access, '--password-file', passwordFile, '--users', '5000', '--prefix', 'b1'], {}),
    ).toEqual({
      target: {
        url: 'ldaps://127.0.0.2',
        caFile: 'ca.pem',
        namingContext: 'DC=a,DC=test',
        administrator: { account: 'admin@a.test', password: 'secret' },
      },
      options: { users: 5000, groups: 50, contacts: 0, memberships: 20, largest: 0, prefix: 'b1', ou: 'Seed' },
    });
    expect(readArguments(access, { ITASCA_SEED_PASSWORD: 'other' })?.target.administrator.password).toBe('other');
    expect(readArguments(['--help'], {})).toBeNull();
  });

  test.each([
    [['--users', '5000'], '--url is missing'],
    [[...access, '--users', 'many'], '--users: "many"'],
    [[...access, '--users', '-3'], '--users'],
    [[...access, '--prefix', 'a b'], '--prefix: "a b"'],
    [[...access, '--ou', 'A,DC=b'], '--ou: "A,DC=b"'],
    [access, '--password-file'],
    [[...access, '--password-file', '/nowhere'], '/nowhere'],
    [['--url', 'ldap://127.0.0.2'], 'ldaps://host'],
    [['--user', '5'], "'--user'"],
    [['5000'], "'5000'"],
  ])('%j is refused', (argv, reason) => {
    expect(() => readArguments(argv, {})).toThrow(ArgumentError);
    expect(() => readArguments(argv, {})).toThrow(reason);
  });
});
