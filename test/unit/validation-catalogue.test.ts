import { errorCatalogue, type ErrorCode } from '../../rules/error-catalogue.ts';
import { plansSchema } from '../../rules/mailbox-settings.ts';
import { evaluate, type RuleSettings } from '../../rules/evaluate.ts';
import { compileFlow } from '../../rules/flow.ts';
import type { ObjectKind } from '../../rules/objects.ts';
import { reconnectionErrors } from '../../rules/reconnection-errors.ts';
import { compileScope } from '../../rules/scope.ts';
import type { ValidationSettings } from '../../rules/validate.ts';
import { goodObject, validation, type Attributes } from '../support/source-object.ts';

/** What an example changes on an object on which nothing is wrong, and under which settings. */
interface Example {
  readonly kind?: ObjectKind;
  readonly has: Attributes;
  readonly smtp?: readonly string[];
  readonly validation?: Partial<ValidationSettings['validation']>;
}

interface Row {
  readonly wrong: readonly Example[];
  readonly right: readonly Example[];
}

const contact = 'contact' as const;
const group = 'group' as const;
const off = { newHire: false, routingDomain: 'mgd.contoso.test' };
const asksMailbox = { extensionAttribute9: 'REG=EU', objectSid: 'S-1-5-21-1-2-3-4' };
const photo = (octets: number): string => Buffer.alloc(octets, 1).toString('base64');
const withMailbox = { homeMDB: 'CN=DB01,DC=corp,DC=contoso,DC=test', targetAddress: undefined };

/** The examples follow validation.md (IdFix, Dedicated mode) and the attribute table of KB 2615447. */
const rows: Partial<Record<ErrorCode, Row>> = {
  SE101: {
    wrong: [
      { has: { mail: `${'a'.repeat(250)}@contoso.test` } },
      { has: { mail: 'ann @contoso.test' } },
      { has: { mail: 'ann@contoso' } },
      { has: { mail: 'ann..doe@contoso.test' } },
      { has: { mail: 'ann@con_toso.test' } },
      { kind: contact, has: { mail: 'ann@[10.0.0.1]' } },
    ],
    right: [{ has: { mail: "o'brien+x@contoso.test" } }, { kind: group, has: { mail: 'a.b-c@contoso.example' } }],
  },
  SE102: {
    wrong: [
      { has: { mail: 'ann@gmail.example' } },
      { has: { proxyAddresses: ['SMTP:ann@contoso.test', 'smtp:ann@gmail.example'] } },
      { kind: group, has: { proxyAddresses: ['sip:list@gmail.example'] } },
    ],
    right: [{ kind: contact, has: { mail: 'ann@gmail.example' } }, { has: { mail: 'ann@CONTOSO.example' } }],
  },
  SE103: {
    wrong: [{ has: { mail: 'a@contoso.test' }, validation: { mailIsPrimary: true } }],
    right: [
      { has: { mail: 'a@contoso.test' } },
      { has: { mail: 'ANN@contoso.test' }, validation: { mailIsPrimary: true } },
      { has: { proxyAddresses: undefined }, validation: { mailIsPrimary: true } },
    ],
  },
  SE201: {
    wrong: [{ has: { mailNickname: undefined } }, { kind: contact, has: { mailNickname: undefined } }],
    right: [{ kind: group, has: { mailNickname: undefined } }],
  },
  SE202: {
    wrong: [
      { has: { mailNickname: 'a'.repeat(65) } },
      { has: { mailNickname: 'ann doe' } },
      { has: { mailNickname: 'ann@doe' } },
      { has: { mailNickname: '.ann' } },
      { kind: group, has: { mailNickname: 'ann.' } },
      { kind: contact, has: { mailNickname: 'a..b' } },
    ],
    right: [{ has: { mailNickname: 'a'.repeat(64) } }, { has: { mailNickname: 'änn_d-1.x' } }],
  },
  SE301: {
    wrong: [
      { has: { proxyAddresses: ['ann@contoso.test'] } },
      { has: { proxyAddresses: [`x500:/o=${'x'.repeat(260)}`] } },
      { has: { proxyAddresses: ['smtp:ann@contoso.test:x'] } },
      { has: { proxyAddresses: ['sip:ann'] } },
      { has: { proxyAddresses: ['x500:cn=ann'] } },
      { kind: group, has: { proxyAddresses: ['notes:a\nb'] } },
    ],
    right: [{ has: { proxyAddresses: ['x500:/o=Old/cn=a:b', 'X400:c=DE;a= ;', 'EUM:12;phone-context=a.b'] } }],
  },
  SE302: {
    wrong: [{ has: { proxyAddresses: ['SMTP:ann@contoso.test', 'SMTP:a@contoso.test'] } }],
    right: [
      { has: { proxyAddresses: ['SMTP:ann@contoso.test', 'smtp:a@contoso.test'] } },
      { has: { proxyAddresses: ['SMTP:ann@contoso.test', 'SMTP:ANN@contoso.test'] } },
    ],
  },
  SE305: {
    wrong: [{ kind: contact, has: { mail: undefined, proxyAddresses: ['smtp:ann@partner.example'] } }],
    right: [
      { kind: contact, has: { proxyAddresses: ['smtp:ann@partner.example'] } },
      { kind: contact, has: { mail: undefined, proxyAddresses: ['SMTP:ann@partner.example'] } },
      { kind: contact, has: { mail: undefined, proxyAddresses: ['x500:/o=a'] } },
    ],
  },
  SE306: {
    wrong: [{ has: { proxyAddresses: ['SIP:ann@contoso.test', 'SIP:a@contoso.test'] } }],
    right: [{ has: { proxyAddresses: ['SIP:ann@contoso.test', 'sip:a@contoso.test'] } }],
  },
  SE307: {
    wrong: [
      { has: { legacyExchangeDN: 'CONTOSO\\ann' } },
      { kind: contact, has: { legacyExchangeDN: '/o=a\tb' } },
      { kind: group, has: { legacyExchangeDN: `/o=${'x'.repeat(249)}` } },
    ],
    right: [{ has: { legacyExchangeDN: `/o=${'x'.repeat(248)}` } }],
  },
  SE401: {
    wrong: [{ has: { displayName: ' Ann' } }, { kind: group, has: { displayName: 'x'.repeat(257) } }],
    right: [{ has: { displayName: 'x'.repeat(256) } }, { has: { displayName: undefined } }],
  },
  SE402: {
    wrong: [{ kind: group, has: { displayName: undefined } }],
    right: [{ kind: contact, has: { displayName: undefined } }],
  },
  SE403: {
    wrong: [
      { has: { c: 'GER' } },
      { has: { c: '49' } },
      { kind: contact, has: { countryCode: '1000' } },
      { has: { countryCode: '-1' } },
    ],
    right: [
      { has: { c: 'DE', countryCode: '276' } },
      { has: { countryCode: '0' } },
      { kind: group, has: { c: 'GER' } },
    ],
  },
  SE501: {
    wrong: [
      { kind: contact, has: { targetAddress: undefined } },
      { kind: contact, has: { targetAddress: 'ann@partner.example' } },
      { has: { targetAddress: 'SMTP:ann@partner' } },
      { has: { targetAddress: `X400:${'x'.repeat(252)}` } },
    ],
    right: [{ kind: contact, has: { targetAddress: 'X400:c=DE;a= ;p=x;' } }, { has: { targetAddress: undefined } }],
  },
  SE502: {
    wrong: [
      { kind: contact, has: { targetAddress: 'SMTP:bob@partner.example' }, validation: { targetIsMail: true } },
      { kind: contact, has: { targetAddress: 'X400:c=DE;a= ;' }, validation: { targetIsMail: true } },
      { has: { targetAddress: 'SMTP:ann@contoso.example' }, validation: { targetIsMail: true } },
    ],
    right: [
      { kind: contact, has: { targetAddress: 'SMTP:bob@partner.example' } },
      { kind: contact, has: { targetAddress: 'smtp:ANN@partner.example' }, validation: { targetIsMail: true } },
      { has: { ...withMailbox, targetAddress: 'SMTP:ann@contoso.example' }, validation: { targetIsMail: true } },
      { kind: contact, has: { mail: undefined }, validation: { targetIsMail: true } },
    ],
  },
  SE503: {
    wrong: [
      { has: {}, validation: off },
      { has: {}, smtp: ['contoso.example'] },
    ],
    right: [
      { has: {} },
      { has: withMailbox, validation: off },
      { has: { targetAddress: 'SMTP:ann@mgd.contoso.test' }, validation: off },
      { has: { targetAddress: 'SMTP:ann@gmail.example' }, smtp: ['contoso.example'] },
      { has: {}, smtp: ['contoso.test'] },
      { kind: group, has: {}, validation: off },
    ],
  },
  SE504: {
    wrong: [{ has: withMailbox, smtp: ['contoso.example'] }],
    right: [
      { has: withMailbox, smtp: ['contoso.test'] },
      { has: withMailbox, smtp: ['ann@contoso.test'] },
      { has: withMailbox },
    ],
  },
  SE601: {
    wrong: [
      { has: { thumbnailPhoto: photo(102_401) } },
      { has: { title: 'x'.repeat(129) } },
      { kind: contact, has: { postalCode: 'x'.repeat(41) } },
      { kind: group, has: { extensionAttribute1: 'x'.repeat(1025) } },
    ],
    right: [
      { has: { thumbnailPhoto: photo(102_400), title: 'x'.repeat(128) } },
      { kind: group, has: { thumbnailPhoto: photo(200_000) } },
    ],
  },
  PE101: {
    wrong: [{ has: { extensionAttribute9: 'MBX=lots' } }],
    right: [{ has: { ...asksMailbox, extensionAttribute9: 'MBX=50GB;Type=EP2D;REG=EU;' } }],
  },
  PE102: {
    wrong: [{ has: { ...asksMailbox, extensionAttribute9: 'REG=MARS' } }],
    right: [{ has: asksMailbox }],
  },
  PE103: {
    wrong: [{ has: { extensionAttribute9: 'REG=EU' } }],
    right: [{ has: asksMailbox }],
  },
  PE104: {
    wrong: [{ has: { ...asksMailbox, targetAddress: 'SMTP:ann@x.example' }, smtp: ['contoso.example'] }],
    right: [
      { has: asksMailbox, smtp: ['contoso.test'] },
      { has: { targetAddress: 'SMTP:ann@x.example' }, smtp: ['contoso.example'] },
    ],
  },
  PE107: {
    wrong: [{ has: { ...asksMailbox, extensionAttribute9: 'MBX=50GB;TYPE=KIOSK' } }],
    right: [{ has: { ...asksMailbox, extensionAttribute9: 'MBX=2GB;TYPE=KIOSK' } }],
  },
  PE105: {
    wrong: [
      { has: { ...asksMailbox, targetAddress: 'SMTP:ann@contoso.test' }, validation: off },
      { has: { ...asksMailbox, ...withMailbox }, validation: off },
    ],
    right: [
      { has: { ...asksMailbox, targetAddress: 'SMTP:ann@MGD.contoso.test' }, validation: off },
      { has: { ...asksMailbox, targetAddress: 'SMTP:ann@contoso.test' } },
    ],
  },
};

function found({ kind = 'user', has, smtp, validation: more }: Example): { codes: string[]; mailbox: boolean } {
  const object = goodObject(kind, has);
  const settings: RuleSettings = {
    scope: compileScope({ include: ['DC=corp,DC=contoso,DC=test'], exclude: [] }),
    validation: {
      ...validation,
      smtp: smtp === undefined ? null : { entries: new Set(smtp), outside: 'mail user' },
      validation: { ...validation.validation, ...more },
    },
    sharedForest: false,
    flow: compileFlow('contoso'),
    services: {
      attribute: 'extensionAttribute9',
      regions: new Set(['EU']),
      defaultRegion: 'EU',
      plans: plansSchema.parse({}),
      entitlement: { by: 'provisioningValue' },
    },
    removalLeaves: false,
    lists: { user: [], contact: [], group: [] },
    voice: null,
    reconnection: [],
  };
  const result = evaluate({ ...object, malformed: [], gone: false, createdAt: '' }, settings);
  return { codes: result.errors.map((error) => error.code), mailbox: result.service.mail !== undefined };
}

const examples = (of: keyof Row): [ErrorCode, Example][] =>
  Object.entries(rows).flatMap(([code, row]) =>
    row[of].map((example): [ErrorCode, Example] => [code as ErrorCode, example]),
  );

// Shows: Validation / each code is found by examples of the rules of IdFix and of KB 2615447, alone (none)
test.each(examples('wrong'))('%s is found, and nothing else, on %j', (code, example) => {
  expect(found(example)).toEqual({ codes: [code], mailbox: false });
});

test.each(examples('right'))('%s is not found on %j, nor is anything else', (code, example) => {
  expect(found(example)).toEqual({ codes: [], mailbox: code.startsWith('PE') && 'extensionAttribute9' in example.has });
});

test('every code that an object can get by itself has its row here', () => {
  const joined = ['SE811', 'SE812', 'SE813', 'SE814', 'PE106', 'PE108'];
  const elsewhere = [
    'SE303',
    'SE304',
    'SE602',
    'SE701',
    'SE702',
    ...joined,
    ...Object.keys(reconnectionErrors),
    'SE801',
    'SE802',
    'SE911',
    'SE912',
    'SE913',
    'SE914',
    'SE901',
    'SE902',
    // test/unit/voice.test.ts
    ...['PE201', 'PE202', 'PE203', 'PE204', 'PE205', 'PE206', 'PE207', 'PE208'],
    // test/unit/transitions.test.ts
    ...['PE401', 'PE402', 'PE403', 'PE404'],
    'PE901',
    'PE902',
    'PE903',
  ];
  expect([...Object.keys(rows), ...elsewhere].sort()).toEqual(Object.keys(errorCatalogue).sort());
});
