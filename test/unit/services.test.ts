import { wantedServices, type ServiceDecision, type ServiceSettings } from '../../rules/services.ts';
import { isHostedByMail } from '../../rules/mail-routing.ts';
import { plansSchema, type Entitlement } from '../../rules/mailbox-settings.ts';
import type { ObjectKind } from '../../rules/objects.ts';
import { goodObject, type Attributes } from '../support/source-object.ts';

const settings: ServiceSettings = {
  attribute: 'extensionAttribute9',
  regions: new Set(['EU', 'NA']),
  defaultRegion: 'EU',
  plans: plansSchema.parse({}),
  entitlement: { by: 'provisioningValue' },
};
const sid = 'S-1-5-21-1-2-3-1104';

function decide(value: string | undefined, more: Attributes = {}, kind: ObjectKind = 'user'): ServiceDecision {
  const object = goodObject(kind, { extensionAttribute9: value, objectSid: sid, ...more });
  return wantedServices(object, object.attributes, settings, false);
}

test('a plan with size and region asks for a linked mailbox of that size there', () => {
  expect(decide('MBX=50GB;Type=EP2D;REG=NA;')).toEqual({
    service: {
      mail: { recipient: 'linked', quotaBytes: String(50 * 1024 ** 3), region: 'NA', sourceSid: sid, hidden: false },
    },
    errors: [],
  });
});

test('without size the database’s limits count, without region the default one', () => {
  expect(decide('TYPE=EP1D').service.mail).toMatchObject({ quotaBytes: null, region: 'EU' });
});

test('who is hidden from address lists stays so', () => {
  expect(decide('TYPE=EP1D', { msExchHideFromAddressLists: 'TRUE' }).service.mail?.hidden).toBe(true);
  expect(decide('TYPE=EP1D', { msExchHideFromAddressLists: 'FALSE' }).service.mail?.hidden).toBe(false);
});

test('only the configured attribute counts', () => {
  const object = goodObject('user', { extensionAttribute1: 'TYPE=EP2D', objectSid: sid });
  expect(wantedServices(object, object.attributes, settings, false).service).toEqual({});
  expect(
    wantedServices(object, object.attributes, { ...settings, attribute: 'extensionAttribute1' }, false).service.mail,
  ).toBeDefined();
});

test('a room that says how many people it holds has a mailbox of that kind', () => {
  expect(decide('TYPE=RESOURCE;RESMBX=roomrba(CAP=15)').service.mail).toMatchObject({
    recipient: 'room',
    capacity: 15,
  });
});

test.each<[string, string | undefined, ObjectKind]>([
  ['no value', undefined, 'user'],
  ['the removal value', 'RemoveMSOMbx', 'user'],
  ['a contact', 'TYPE=EP2D', 'contact'],
  ['a group', 'TYPE=EP2D', 'group'],
  ['a group with a bad value', 'lots', 'group'],
])('%s: no mailbox, no error', (_what, value, kind) => {
  const { service, errors } = decide(value, {}, kind);
  expect({ service, errors }).toEqual({ service: {}, errors: [] });
});

test.each<[string, string, Attributes, string, string, RegExp]>([
  ['a value that can not be read', 'MBOX=1GB;', {}, 'PE101', 'extensionAttribute9', /"MBOX=1GB;": at "MBOX=1GB"/],
  ['a region without databases', 'REG=MARS', {}, 'PE102', 'extensionAttribute9', /MARS/],
  ['an account whose SID was not read', 'REG=EU', { objectSid: undefined }, 'PE103', 'objectSid', /objectSid/],
])('%s: no mailbox, but an error of the provisioning family', (_what, value, more, code, attribute, details) => {
  const decision = decide(value, more);
  expect(decision.service).toEqual({});
  expect(decision.errors).toEqual([{ code, attribute, details: expect.stringMatching(details) as string }]);
});

// Shows: Entitlement / plans and their sizes: the largest of each, the only ones of Lync rooms (none)
test.each([
  ['MBX=2GB;TYPE=KIOSK', null],
  ['type=kiosk; mbx = 3GB', 'at "mbx = 3GB" the sizes of KIOSK go up to 2GB'],
  ['MBX=50GB;TYPE=EP1D', null],
  ['MBX=51GB;TYPE=EP1D;REG=EU', 'at "MBX=51GB" the sizes of EP1D go up to 50GB'],
  ['MBX=51GB;TYPE=EP2D;SharedMbx', 'at "MBX=51GB" the sizes of EP2D go up to 50GB'],
  ['MBX=10GB;RESMBX=LRSRoom', null],
  ['MBX=7GB;RESMBX=LRSRoom', 'at "MBX=7GB" the sizes of LRSROOM are 5GB and 10GB'],
  ['MBX=100GB;TYPE=SHARED', null],
  ['MBX=100GB;REG=EU', null],
])('%s', (value, why) => {
  const { service, errors } = decide(value);
  if (why === null) expect(errors).toEqual([]);
  else
    expect(errors).toEqual([
      {
        code: 'PE107',
        attribute: 'extensionAttribute9',
        details: expect.stringContaining(`"${value}": ${why}`) as string,
      },
    ]);
  expect(service.mail !== undefined).toBe(why === null);
});

describe('who is entitled', () => {
  const rule = { by: 'attribute', attribute: 'extensionAttribute1', equals: 'createMSOmailbox' } as const;
  const ask = (entitlement: Entitlement, attributes: Attributes, hosted: boolean): ServiceDecision => {
    const object = goodObject('user', { objectSid: sid, ...attributes });
    return wantedServices(object, object.attributes, { ...settings, entitlement }, hosted);
  };
  const plain = { recipient: 'linked', quotaBytes: null, region: 'EU' };

  // Shows: Entitlement / presence of mail; the provisioning value says the rest where there is one (none)
  test('by mail: who has it and whose mail is not elsewhere', () => {
    const by = { by: 'mail' } as const;
    expect(ask(by, {}, true).service.mail).toMatchObject(plain);
    expect(ask(by, {}, false)).toEqual({ service: {}, errors: [] });
    expect(ask(by, { mail: undefined }, true)).toEqual({ service: {}, errors: [] });
    expect(ask(by, { extensionAttribute9: 'MBX=1GB;REG=NA;TYPE=SHARED' }, false).service.mail).toMatchObject({
      recipient: 'shared',
      region: 'NA',
    });
    expect(ask(by, { extensionAttribute9: 'RemoveMSOMbx' }, true)).toEqual({ service: {}, errors: [], removes: true });
  });

  // Shows: Entitlement / one explicit rule, extensionAttribute1=createMSOmailbox (none)
  test('by one explicit rule: who has its value, and nobody else', () => {
    expect(ask(rule, { extensionAttribute1: 'CreateMSOMailbox' }, false).service.mail).toMatchObject(plain);
    expect(ask(rule, { extensionAttribute1: 'createMSOmailboxes' }, true)).toEqual({ service: {}, errors: [] });
    expect(ask(rule, { extensionAttribute9: 'MBX=1GB' }, true)).toEqual({ service: {}, errors: [] });
    expect(ask(rule, { extensionAttribute9: 'RemoveMSOMbx' }, true).removes).toBe(true);
    expect(
      ask(rule, { extensionAttribute1: 'createMSOmailbox', extensionAttribute9: 'RESMBX=roomrba(CAP=4)' }, false)
        .service.mail,
    ).toMatchObject({ recipient: 'room', capacity: 4 });
  });
});

// Shows: Entitlement / the table of KB 2615447: New Hire, inclusion list, homeMDB, targetAddress (none)
test.each<[boolean, boolean, string | undefined, string | undefined, boolean]>([
  [true, true, undefined, undefined, true],
  [true, false, undefined, undefined, false],
  [true, true, undefined, 'SMTP:ann@mgd.contoso.test', true],
  [true, false, undefined, 'SMTP:ann@mgd.contoso.test', true],
  [true, true, undefined, 'SMTP:ann@elsewhere.example', false],
  [true, true, 'CN=DB01,DC=x', undefined, false],
  [true, false, 'CN=DB01,DC=x', 'SMTP:ann@mgd.contoso.test', false],
  [false, true, undefined, undefined, false],
  [false, true, undefined, 'SMTP:ann@mgd.contoso.test', false],
])(
  'listed %s, New Hire %s, homeMDB %s, targetAddress %s: hosted by its mail %s',
  (listed, newHire, homeMDB, targetAddress, hosted) => {
    const routing = {
      smtp: { entries: new Set(listed ? ['contoso.test'] : []), outside: 'mail user' } as const,
      validation: { newHire, routingDomain: 'mgd.contoso.test', mailIsPrimary: false, targetIsMail: false },
    };
    expect(isHostedByMail(goodObject('user', { homeMDB, targetAddress }), routing)).toBe(hosted);
  },
);
