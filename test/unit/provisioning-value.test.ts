import fc from 'fast-check';
import {
  formatProvisioningValue,
  parseProvisioningValue,
  type MailboxRequest,
} from '../../rules/provisioning-value.ts';
import { RECIPIENT_KINDS } from '../../rules/recipients.ts';

const GB = 1024n ** 3n;
const MB = 1024n ** 2n;
type Mailbox = Extract<MailboxRequest, { ask: 'mailbox' }>;

function mailbox(
  recipient: Mailbox['recipient'],
  quotaBytes: bigint | null,
  region: string | null,
  more: Partial<Mailbox> = {},
): Mailbox {
  return { ask: 'mailbox', recipient, plan: null, quotaBytes, region, capacity: null, ...more };
}

function requestOf(text: string | undefined): MailboxRequest {
  const value = parseProvisioningValue(text);
  if (!value.ok) throw new Error(value.details);
  return value.request;
}

function refusalOf(text: string): string {
  const value = parseProvisioningValue(text);
  return value.ok ? 'taken' : value.details;
}

test.each([
  ['MBX=50GB;Type=EP2D;REG=EU;', mailbox('linked', 50n * GB, 'EU', { plan: 'EP2D' })],
  ['MBX=10GB;TYPE=RESOURCE;RESMBX=roomrba;', mailbox('room', 10n * GB, null)],
  ['TYPE=RESOURCE;RESMBX=EQUIPRBA;MBX=10GB;', mailbox('equipment', 10n * GB, null)],
  ['MBX=25GB;REG=NA;TYPE=SHARED;', mailbox('shared', 25n * GB, 'NA')],
  ['MBX=10GB;TYPE=EP2D;REG=NA;SharedMbx;', mailbox('sharedLinked', 10n * GB, 'NA', { plan: 'EP2D' })],
  ['reg=NA;resmbx=roomrba(CAP=15)', mailbox('room', null, 'NA', { capacity: 15 })],
  ['RESMBX=roomrba(CAP=5);REG=ABCDEFGH', mailbox('room', null, 'ABCDEFGH', { capacity: 5 })],
  ['RESMBX=LRSRoom', mailbox('lyncRoom', null, null)],
  ['MBX=5GB;RESMBX=LRSRoom;', mailbox('lyncRoom', 5n * GB, null)],
  ['TYPE=KIOSK;MBX=500MB', mailbox('linked', 500n * MB, null, { plan: 'KIOSK' })],
  ['type=ep1d', mailbox('linked', null, null, { plan: 'EP1D' })],
  [' MBX = 2047GB ; REG = eu ', mailbox('linked', 2047n * GB, 'EU')],
  ['RemoveMSOMbx', { ask: 'remove' }],
  ['REMOVEMSOMBX;', { ask: 'remove' }],
  ['', { ask: 'nothing' }],
  ['  ', { ask: 'nothing' }],
  [undefined, { ask: 'nothing' }],
] satisfies [string | undefined, MailboxRequest][])('%s is read', (text, request) => {
  expect(requestOf(text)).toEqual(request);
});

test.each([
  ['MBOX=50GB;REG=EU', '"MBOX=50GB"', 'the key is unknown'],
  ['MBX=50GB;Sharedmailbox', '"Sharedmailbox"', 'the key is unknown'],
  ['SharedMbx=1', '"SharedMbx=1"', 'the key is unknown'],
  ['=50GB', '"=50GB"', 'the key is unknown'],
  ['createMSOmailbox', '"createMSOmailbox"', 'the key is unknown'],
  ['REG=EU;MBX', '"MBX"', 'the key has no value'],
  ['MBX=50GB;mbx=10GB', '"mbx=10GB"', 'MBX is given twice'],
  ['SharedMbx;SHAREDMBX', '"SHAREDMBX"', 'SHAREDMBX is given twice'],
  ['MBX=lots', '"MBX=lots"', 'the size is not a number with MB or GB'],
  ['MBX=50', '"MBX=50"', 'the size is not a number with MB or GB'],
  ['MBX=0GB', '"MBX=0GB"', 'the size is not a number with MB or GB'],
  ['MBX=1.5GB', '"MBX=1.5GB"', 'the size is not a number with MB or GB'],
  ['MBX=-1GB', '"MBX=-1GB"', 'the size is not a number with MB or GB'],
  ['MBX=', '"MBX="', 'the size is not a number with MB or GB'],
  ['MBX=2048GB', '"MBX=2048GB"', 'the size is not a number with MB or GB, up to 2047GB'],
  ['MBX=9999999MB', '"MBX=9999999MB"', 'the size is not a number with MB or GB, up to 2047GB'],
  ['Type=Premium', '"Type=Premium"', 'the type is unknown'],
  ['REG=E', '"REG=E"', 'the region is not a word of 2 to 8 letters'],
  ['REG=ABCDEFGHI', '"REG=ABCDEFGHI"', 'the region is not a word of 2 to 8 letters'],
  ['reg=eu1', '"reg=eu1"', 'the region is not a word of 2 to 8 letters'],
  ['RESMBX=ballroom', '"RESMBX=ballroom"', 'the resource is neither ROOMRBA, EQUIPRBA nor LRSRoom'],
  ['RESMBX=roomrba(CAP=100000)', '"RESMBX=roomrba(CAP=100000)"', 'the resource is neither'],
  ['RESMBX=equiprba(CAP=3)', '"RESMBX=equiprba(CAP=3)"', 'the resource is neither'],
  ['MBX=1GB;Type=Resource', '"Type=Resource"', 'RESMBX= is missing'],
  ['TYPE=EP2D;resmbx=roomrba', '"resmbx=roomrba"', 'a resource has no TYPE=EP2D'],
  ['TYPE=SHARED;RESMBX=roomrba', '"RESMBX=roomrba"', 'a resource has no TYPE=SHARED'],
  ['TYPE=SHARED;SharedMbx', '"SharedMbx"', 'the flag is for a mailbox with a plan only'],
  ['SharedMbx;RESMBX=roomrba', '"SharedMbx"', 'the flag is for a mailbox with a plan only'],
  ['MBX=5GB;RemoveMSOMbx', '"RemoveMSOMbx"', 'the removal value stands beside other keys'],
  [' ; ;', '" ; ;"', 'there is no key'],
])('%s is refused with the whole value, the place as it is written, and why', (text, place, why) => {
  expect(refusalOf(text)).toContain(`"${text}": at ${place} ${why}`);
});

describe('of any value that can be read', () => {
  const letterCase = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => text.toLowerCase(),
    (text) => text.toUpperCase(),
  );
  const size = fc
    .tuple(fc.integer({ min: 1, max: 2047 }), fc.constantFrom('GB', 'MB'))
    .map(([n, unit]) => `MBX=${n}${unit}`);
  const part = fc.oneof(fc.constantFrom('TYPE=EP1D', 'TYPE=EP2D', 'TYPE=KIOSK', 'REG=EU', 'REG=NA', 'SharedMbx'), size);
  const parts = fc.uniqueArray(part, { selector: (text) => text.replace(/=.*/, ''), minLength: 1, maxLength: 4 });
  const written = fc.record({
    parts,
    order: fc.array(fc.nat(), { minLength: 4 }),
    letterCase,
    space: fc.constantFrom('', ' '),
  });

  test('order, case, spaces and a trailing semicolon make no difference', () => {
    fc.assert(
      fc.property(written, ({ parts: list, order, letterCase: cased, space }) => {
        const shuffled = list
          .map((text, index) => ({ text, key: order[index] ?? 0 }))
          .sort((one, other) => one.key - other.key)
          .map(({ text }) => cased(text).replace('=', `${space}=${space}`));
        expect(requestOf(`${shuffled.join(`${space};`)};${space}`)).toEqual(requestOf(list.join(';')));
      }),
    );
  });

  test('a key given twice is refused, even with the same value', () => {
    fc.assert(
      fc.property(parts, letterCase, ([first = 'REG=EU', ...others], cased) => {
        expect(refusalOf([first, ...others, cased(first)].join(';'))).toContain('is given twice');
      }),
    );
  });

  test('an unknown key among good ones is refused', () => {
    const unknown = fc
      .stringMatching(/^[A-Z]{1,8}=[A-Z0-9]{0,5}$/)
      .filter((text) => !/^(?:MBX|TYPE|REG|RESMBX)=/.test(text));
    fc.assert(
      fc.property(parts, unknown, (list, text) => {
        expect(refusalOf([...list, text].join(';'))).toContain(`at "${text}" the key is unknown`);
      }),
    );
  });
});

test('any text is read or refused, and a mailbox is never smaller than a megabyte or larger than a quota can say', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(?:MBX|REG|TYPE|;|=|[0-9]|GB|MB|EU){0,8}$/)), (text) => {
      const value = parseProvisioningValue(text);
      if (!value.ok || value.request.ask !== 'mailbox' || value.request.quotaBytes === null) return;
      expect(value.request.quotaBytes).toBeGreaterThanOrEqual(MB);
      expect(value.request.quotaBytes / 1024n).toBeLessThan(2n ** 31n);
    }),
  );
});

// Shows: Entitlement / what is formatted from a request is read as that request again (none)
test('a request that is formatted as a provisioning value is read as the same request', () => {
  const request = fc
    .record({
      recipient: fc.constantFrom(...RECIPIENT_KINDS),
      plan: fc.constantFrom('KIOSK', 'EP1D', 'EP2D', null),
      quotaBytes: fc.option(
        fc.oneof(
          fc.bigInt({ min: 1n, max: 2047n }).map((size) => size * GB),
          fc.bigInt({ min: 1n, max: 2047n * 1024n }).map((size) => size * MB),
        ),
      ),
      region: fc.option(fc.stringMatching(/^[A-Z]{2,8}$/)),
      capacity: fc.option(fc.integer({ min: 0, max: 99_999 })),
    })
    .map((asked): Mailbox => ({
      ...asked,
      ask: 'mailbox',
      plan: asked.recipient === 'linked' || asked.recipient === 'sharedLinked' ? asked.plan : null,
      capacity: asked.recipient === 'room' ? asked.capacity : null,
    }))
    // A linked mailbox of which nothing is said can not be asked for.
    .filter(
      ({ recipient, plan, quotaBytes, region }) =>
        recipient !== 'linked' || plan !== null || quotaBytes !== null || region !== null,
    );
  fc.assert(
    fc.property(
      fc.oneof(request, fc.constantFrom({ ask: 'nothing' } as const, { ask: 'remove' } as const)),
      (asked) => {
        expect(requestOf(formatProvisioningValue(asked))).toEqual(asked);
      },
    ),
  );
});
