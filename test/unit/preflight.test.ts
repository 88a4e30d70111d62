import { grants } from '../../directory/access-control.ts';
import { guidBytes, sidBytes } from '../../directory/values.ts';
import { controllerLines, type ControllerFacts } from '../../rules/preflight-controller.ts';
import { durationLine, objectsLine, PopulationCount, smtpDomainLines } from '../../rules/preflight-population.ts';
import { schemaLine, tombstoneLine, unitLines } from '../../rules/preflight-objects.ts';
import {
  evidenceLine,
  excessLine,
  managedRightsLines,
  privilegedGroups,
  readingLines,
} from '../../rules/preflight-rights.ts';
import { listed, standingOf, type CheckLine } from '../../rules/preflight.ts';

const NOW = Date.parse('2026-11-23T10:00:00Z');
const DAY = 86_400_000;
const place = { namingContext: 'DC=corp,DC=contoso,DC=test', account: 'reader@corp.contoso.test' };
const well: ControllerFacts = {
  url: 'ldaps://dc1',
  unreachable: null,
  untrusted: null,
  certificateEnds: NOW + 400 * DAY,
  aheadMs: 0,
  logOn: 'accepted',
  holds: true,
};

function states(lines: readonly CheckLine[]): readonly string[] {
  return lines.map(({ check, state }) => `${check} ${state}`);
}

describe('a domain controller', () => {
  const told = (facts: Partial<ControllerFacts>): readonly string[] =>
    states(controllerLines({ ...well, ...facts }, place, NOW));

  test('each line follows from what was found, and what depends on a failed one is not checked', () => {
    expect(told({})).toEqual(['connection ok', 'TLS ok', 'clock ok', 'log-on ok']);
    expect(told({ unreachable: 'no connection' })).toEqual([
      'connection failed',
      'TLS not checked',
      'clock not checked',
      'log-on not checked',
    ]);
    expect(told({ untrusted: 'unknown authority' })).toEqual([
      'connection ok',
      'TLS failed',
      'clock not checked',
      'log-on not checked',
    ]);
    expect(told({ logOn: { refused: 'wrong' }, holds: null }).at(-1)).toBe('log-on failed');
    expect(told({ logOn: 'not tried', holds: null }).at(-1)).toBe('log-on not checked');
    expect(told({ holds: false })).toContain('naming context failed');
  });

  // Shows: Command / check: time skew between a domain controller and the worker (none)
  test.each([
    [60_000, 'ok'],
    [-60_000, 'ok'],
    [61_000, 'warning'],
    [-300_000, 'warning'],
    [301_000, 'failed'],
    [-301_000, 'failed'],
  ])('a clock that is %i ms ahead is %s', (aheadMs, state) => {
    expect(told({ aheadMs })).toContain(`clock ${state}`);
  });

  test('says in which direction its clock is off', () => {
    const clock = (aheadMs: number): string | undefined =>
      controllerLines({ ...well, aheadMs }, place, NOW).find(({ check }) => check === 'clock')?.message;
    expect(clock(90_000)).toBe('its clock is 90 s ahead of that of the worker');
    expect(clock(-90_000)).toBe('its clock is 90 s behind that of the worker');
    expect(told({ aheadMs: null })).toContain('clock not checked');
  });

  test('a certificate that ends soon is a warning, and so is none', () => {
    expect(told({ certificateEnds: NOW + 31 * DAY })).toContain('TLS ok');
    expect(told({ certificateEnds: NOW + 29 * DAY })).toContain('TLS warning');
    expect(told({ certificateEnds: null })).toContain('TLS warning');
  });
});

describe('rights', () => {
  const none = { groups: [], writable: [], machineAccounts: 0, readsPasswords: false };

  test('groups that may change a domain are known by their SIDs', () => {
    const domain = 'S-1-5-21-1-2-3';
    expect(
      privilegedGroups([
        `${domain}-1104`,
        `${domain}-512`,
        `${domain}-513`,
        'S-1-5-32-544',
        'S-1-5-11',
        'S-1-5-32-512',
      ]),
    ).toEqual(['Domain Admins', 'Administrators']);
  });

  // Shows: Command / check: rights that are too many: failed in the customer's forest, a warning in the managed one (none)
  test.each([
    ['a privileged group', { ...none, groups: ['S-1-5-32-548'] }, 'Account Operators'],
    [
      'something to write',
      { ...none, writable: [{ where: 'a user in scope', what: ['mail'] }] },
      'mail of a user in scope',
    ],
    ['passwords', { ...none, readsPasswords: true }, 'shows passwords'],
  ])('%s is too much', (_what, facts, word) => {
    expect(excessLine('x', 'source', facts)).toMatchObject({
      state: 'failed',
      message: expect.stringContaining(word) as string,
    });
    expect(excessLine('x', 'managed', facts).state).toBe('warning');
  });

  test('computers to add are a warning, and an access list that can not be read is for a person', () => {
    expect(excessLine('x', 'source', none).state).toBe('ok');
    expect(excessLine('x', 'source', { ...none, machineAccounts: 10 }).state).toBe('warning');
    expect(excessLine('x', 'source', { ...none, readsPasswords: null }).state).toBe('not checked');
  });

  test('how a domain is read is a warning only where auto had to do with less', () => {
    const read = (mode: 'dirsync' | 'usn', configured: 'auto' | 'usn'): readonly string[] =>
      states(readingLines('x', configured, { mode, seesDeleted: true }));
    expect(read('dirsync', 'auto')).toEqual(['changes ok', 'deletions ok']);
    expect(read('usn', 'auto')).toEqual(['changes warning', 'deletions ok']);
    expect(read('usn', 'usn')).toEqual(['changes ok', 'deletions ok']);
    expect(states(readingLines('x', 'dirsync', { refused: 'no right' }))).toEqual([
      'changes failed',
      'deletions not checked',
    ]);
  });

  test('the managed account must be able to make each kind, and to write what Itasca writes', () => {
    const all = { children: ['user', 'CONTACT', 'group', 'computer'], refused: [], reanimates: true };
    const told = (facts: Parameters<typeof managedRightsLines>[2]): readonly string[] =>
      states(managedRightsLines('x', 'OU=a', facts));
    expect(told(all)).toEqual(['rights ok']);
    expect(told({ ...all, refused: null })).toEqual(['rights ok']);
    expect(told({ ...all, children: ['user'] })).toEqual(['rights failed']);
    expect(told({ ...all, refused: ['mail'] })).toEqual(['rights failed']);
    expect(told({ ...all, reanimates: false })).toEqual(['rights ok', 'rights warning']);
  });

  // Shows: Command / check: an attribute that decides and that SELF may write fails unless the configuration accepts it (none)
  test('what users may write themselves is a failure unless it is accepted', () => {
    const deciding = [
      { attribute: 'info', decides: 'who has a mailbox', accepted: false },
      { attribute: 'pager', decides: 'whose mailbox a new account gets', accepted: true },
    ];
    expect(evidenceLine('x', deciding, new Set()).state).toBe('ok');
    expect(evidenceLine('x', deciding, new Set(['pager'])).state).toBe('warning');
    expect(evidenceLine('x', deciding, new Set(['pager', 'info']))).toMatchObject({
      state: 'failed',
      message: 'every user may write on the own account: info (who has a mailbox)',
    });
  });

  test('of an access list the first entry that speaks of the right decides', () => {
    const right = '45ec5156-db7e-47bb-b53f-dbeb2d03c40f';
    const other = '1131f6aa-9c07-11d1-f79f-00c04fc2dcd2';
    const me = new Set(['S-1-5-21-1-2-3-1104']);
    const can = (...aces: readonly Buffer[]): boolean => grants(descriptor(aces), me, 0x100, [right]);
    const allow = ace(5, 0, 0x100, right, 'S-1-5-21-1-2-3-1104');
    expect(can(allow)).toBe(true);
    expect(can()).toBe(false);
    expect(can(ace(5, 0, 0x100, other, 'S-1-5-21-1-2-3-1104'))).toBe(false);
    expect(can(ace(5, 0, 0x20, right, 'S-1-5-21-1-2-3-1104'))).toBe(false);
    expect(can(ace(5, 0, 0x100, right, 'S-1-5-11'))).toBe(false);
    expect(can(ace(5, 8, 0x100, right, 'S-1-5-21-1-2-3-1104'))).toBe(false);
    expect(can(ace(6, 0, 0x100, right, 'S-1-5-21-1-2-3-1104'), allow)).toBe(false);
    expect(can(allow, ace(6, 0, 0x100, right, 'S-1-5-21-1-2-3-1104'))).toBe(true);
    expect(can(ace(0, 0, 0xf01ff, null, 'S-1-5-21-1-2-3-1104'))).toBe(true);
  });
});

function descriptor(aces: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(28);
  head.writeUInt8(1, 0);
  head.writeUInt32LE(20, 16);
  head.writeUInt8(4, 20);
  head.writeUInt16LE(8 + aces.reduce((sum, one) => sum + one.length, 0), 22);
  head.writeUInt16LE(aces.length, 24);
  return Buffer.concat([head, ...aces]);
}

function ace(type: number, flags: number, mask: number, about: string | null, sid: string): Buffer {
  const object = about === null ? [] : [Buffer.from([1, 0, 0, 0]), guidBytes(about) ?? Buffer.alloc(0)];
  const body = Buffer.concat([...object, sidBytes(sid) ?? Buffer.alloc(0)]);
  const head = Buffer.alloc(8);
  head.writeUInt8(type, 0);
  head.writeUInt8(flags, 1);
  head.writeUInt16LE(8 + body.length, 2);
  head.writeUInt32LE(mask, 4);
  return Buffer.concat([head, body]);
}

describe('what the configuration names', () => {
  test('organizational units: one that is gone fails, one that shows nothing warns', () => {
    expect(states(unitLines('x', [['OU=a', 'lists']], []))).toEqual(['units ok']);
    expect(states(unitLines('x', [], []))).toEqual([]);
    expect(
      states(
        unitLines(
          'x',
          [
            ['OU=a', 'missing'],
            ['OU=b', 'nothing to see'],
          ],
          [['OU=c', 'missing']],
        ),
      ),
    ).toEqual(['units failed', 'units warning', 'units warning']);
  });

  test('a schema without what decides fails, without the rest it warns', () => {
    const attributes = { needed: ['a'], used: ['a', 'b'] };
    expect(schemaLine('x', 'source', attributes, new Set(['a', 'b']))).toMatchObject({
      state: 'ok',
      message: 'has all 2 attributes that are used',
    });
    expect(schemaLine('x', 'source', attributes, new Set(['a'])).state).toBe('warning');
    expect(schemaLine('x', 'source', attributes, new Set(['b'])).state).toBe('failed');
  });

  test('a tombstone lifetime below two whole reads is a warning', () => {
    expect(tombstoneLine('x', 60, 30 * DAY).state).toBe('ok');
    expect(tombstoneLine('x', 59, 30 * DAY).state).toBe('warning');
  });
});

describe('what is in scope', () => {
  const counted = new PopulationCount();
  counted.add({
    objectClass: ['top', 'user'],
    mail: ['a@one.test'],
    proxyAddresses: ['SMTP:a@one.test', 'smtp:a@Two.test'],
  });
  counted.add({ objectClass: ['top', 'group'], mail: ['g@one.test'], proxyAddresses: ['sip:g@sip.test', 'nonsense'] });
  counted.add({ objectClass: ['top', 'contact'], mail: ['b@partner.test'] });
  counted.add({ objectClass: ['top', 'user', 'computer'], mail: ['c@pc.test'] });
  counted.add({ objectClass: ['organizationalUnit'] });

  test('is counted by kind, and its SMTP domains by objects', () => {
    expect(counted.kinds).toEqual({ user: 1, contact: 1, group: 1 });
    expect([...counted.domains]).toEqual([
      ['one.test', 2],
      ['two.test', 1],
    ]);
    expect(objectsLine('x', counted).state).toBe('ok');
    expect(objectsLine('x', new PopulationCount()).state).toBe('warning');
  });

  test('domains are compared both ways', () => {
    const told = (own: readonly string[]): readonly string[] => states(smtpDomainLines('x', own, counted.domains));
    expect(told(['one.test', 'two.test'])).toEqual(['SMTP domains ok']);
    expect(told(['one.test'])).toEqual(['SMTP domains warning']);
    expect(told(['one.test', 'two.test', 'three.test'])).toEqual(['SMTP domains ok', 'SMTP domains warning']);
    expect(told(['three.test'])).toEqual(['SMTP domains failed']);
    expect(states(smtpDomainLines('x', ['one.test'], new Map()))).toEqual(['SMTP domains ok']);
  });

  // Shows: Command / check: the expected duration by measured cycles of this installation, and none invented (none)
  test('a duration is told only from what was measured', () => {
    const told = (objects: number, made: number, seconds: number, cycles = 1): string =>
      durationLine('x', objects, { cycles, made, seconds }).message;
    expect(told(1000, 0, 0, 0)).toContain('unknown');
    expect(told(20_000, 2000, 20, 2)).toBe(
      'about 3 minutes for a first synchronization of 20000 objects, by 100 objects a second in 2 cycles of this installation',
    );
    expect(told(100, 1000, 10)).toContain('less than a minute');
    expect(told(100_000, 100, 40)).toMatch(/about 11 hours .* 2\.5 objects a second/);
  });
});

test('a report fails by one failed line, and is incomplete by one that was not checked', () => {
  const line = (state: CheckLine['state']): CheckLine => ({
    check: 'TLS',
    place: 'x',
    state,
    message: '',
    remedy: null,
  });
  expect(standingOf([line('ok'), line('warning')])).toBe('passed');
  expect(standingOf([line('ok'), line('not checked')])).toBe('incomplete');
  expect(standingOf([line('not checked'), line('failed')])).toBe('failed');
});

test('long lists are cut', () => {
  expect(listed(['a', 'b', 'c'], 3)).toBe('a, b and c');
  expect(listed(['a', 'b', 'c', 'd'], 3)).toBe('a, b, c and 1 more');
  expect(listed(['a'])).toBe('a');
});
