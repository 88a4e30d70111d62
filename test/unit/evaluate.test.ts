import { LEAVES_RULE } from '../../rules/offboarding.ts';
import fc from 'fast-check';
import { plansSchema } from '../../rules/mailbox-settings.ts';
import { evaluate, RETIRED_RULE, ruleSettings, type RuleSettings, type StagedObject } from '../../rules/evaluate.ts';
import { flowSchema } from '../../rules/flow-settings.ts';
import { flowObject } from '../../rules/flow-object.ts';
import { compileFlow, flowOf } from '../../rules/flow.ts';
import type { ObjectKind } from '../../rules/objects.ts';
import { recipientLists } from '../../rules/recipient-image.ts';
import { compileScope } from '../../rules/scope.ts';
import { voiceSchema } from '../../rules/voice-settings.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';
import { anyKind, goodObject, validation, type Attributes } from '../support/source-object.ts';

const settings: RuleSettings = {
  scope: compileScope({ include: ['OU=People,DC=corp,DC=contoso,DC=test'], exclude: [] }),
  validation,
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

function staged(kind: ObjectKind, attributes: Attributes = {}, more: Partial<StagedObject> = {}): StagedObject {
  return { ...goodObject(kind, attributes), malformed: [], gone: false, createdAt: '20260801120000.0Z', ...more };
}

test('an object in scope gets what flow wants, its services and its claims', () => {
  const object = staged('user', { extensionAttribute9: 'REG=EU', objectSid: 'S-1-5-21-1-2-3-4' });
  expect(evaluate(object, settings)).toEqual({
    guid: object.guid,
    inScope: true,
    scopeRule: 'included organizational unit OU=People,DC=corp,DC=contoso,DC=test',
    wanted: flowObject(settings.flow, object).wanted,
    service: {
      mail: { recipient: 'linked', quotaBytes: null, region: 'EU', sourceSid: 'S-1-5-21-1-2-3-4', hidden: false },
    },
    claims: [
      { kind: 'address', value: 'smtp:ann@contoso.test', attribute: 'mail' },
      { kind: 'nickname', value: 'contoso/ann', attribute: 'mailNickname' },
    ],
    keys: [],
    errors: [],
    createdAt: '20260801120000.0Z',
  });
});

// Shows: Deprovisioning / the removal value with another meaning takes the object out of scope, unless it is in error (none)
test('where the removal value asks for more than the end of the mailbox, who has it leaves the scope', () => {
  const leaving: RuleSettings = { ...settings, removalLeaves: true };
  const removal = { extensionAttribute9: 'RemoveMSOMbx', objectSid: 'S-1-5-21-1-2-3-4' };
  expect(evaluate(staged('user', removal), settings)).toMatchObject({ inScope: true, ending: 'removalValue' });
  expect(evaluate(staged('user', removal), leaving)).toMatchObject({
    inScope: false,
    scopeRule: 'the removal value in extensionAttribute9',
    ending: 'removalValue',
    wanted: {},
    claims: [],
    errors: [],
  });
  expect(evaluate(staged('user', { ...removal, mailNickname: 'a b' }), leaving)).toMatchObject({
    inScope: true,
    ending: 'removalValue',
  });
});

describe('what a user is without a mailbox', () => {
  const routed: RuleSettings = {
    ...settings,
    validation: {
      ...validation,
      ownDomains: new Set([...validation.ownDomains, 'mgd.contoso.test']),
      validation: { ...validation.validation, routingDomain: 'mgd.contoso.test' },
    },
  };
  const targetAddress = 'SMTP:ann@elsewhere.example';

  // Shows: Kinds / a mail user, a mailbox, or neither, by what the user asks for and where the mail goes (none)
  test.each<[string, Attributes, string | undefined, boolean]>([
    ['mail elsewhere', { targetAddress }, targetAddress, false],
    ['a mailbox in the Customer Forest', { homeMDB: 'CN=DB' }, 'SMTP:ann@contoso.test', false],
    ['nothing said', {}, undefined, true],
    ['mail that leads here', { targetAddress: 'SMTP:x@mgd.contoso.test' }, undefined, true],
    ['a mailbox asked for', { targetAddress, extensionAttribute9: 'REG=EU' }, undefined, true],
    ['a mailbox asked for in words that nobody knows', { targetAddress, extensionAttribute9: 'lots' }, undefined, true],
    ['the mailbox removed', { targetAddress, extensionAttribute9: 'RemoveMSOMbx' }, targetAddress, false],
  ])('%s', (_name, attributes, target, isRouted) => {
    const { wanted, claims } = evaluate(staged('user', { objectSid: 'S-1-5-21-1-2-3-4', ...attributes }), routed);
    expect(wanted['targetAddress']).toEqual(target === undefined ? undefined : [target]);
    expect(wanted['msExchRecipientTypeDetails']).toEqual(target === undefined ? undefined : ['128']);
    const address =
      attributes['targetAddress'] === 'SMTP:x@mgd.contoso.test'
        ? 'smtp:x@mgd.contoso.test'
        : 'smtp:ann@mgd.contoso.test';
    expect(wanted['proxyAddresses']?.includes(address)).toBe(isRouted);
    expect(claims.some((claim) => claim.value === address)).toBe(isRouted);
  });
});

const mistakes: Attributes = { mail: 'x', mailNickname: 'a b', proxyAddresses: ['y'], extensionAttribute9: 'lots' };

// Shows: Validation / an object that is gone has no error and claims nothing (none)
test('an object that is gone wants nothing, claims nothing and has no error, whatever it held', () => {
  fc.assert(
    fc.property(anyKind, fc.boolean(), (kind, mistaken) => {
      const object = staged(kind, mistaken ? mistakes : {}, { gone: true, malformed: ['title'] });
      expect(evaluate(object, settings)).toMatchObject({
        inScope: false,
        scopeRule: 'gone from the Customer Forest',
        wanted: {},
        service: {},
        claims: [],
        errors: [],
      });
    }),
  );
});

test('an object out of scope wants nothing, claims nothing and has no error, and the rule is told', () => {
  const object = staged('user', mistakes, { dn: 'CN=Ann,CN=Users,DC=corp,DC=contoso,DC=test', malformed: ['title'] });
  expect(evaluate(object, settings)).toMatchObject({
    inScope: false,
    scopeRule: 'outside the included organizational units',
    wanted: {},
    service: {},
    claims: [],
    errors: [],
  });
});

test('synchronization and provisioning errors come together', () => {
  const { errors } = evaluate(staged('user', { mailNickname: 'a b', extensionAttribute9: 'lots' }), settings);
  expect(errors.map(({ code }) => code)).toEqual(['SE202', 'PE101']);
});

// Shows: Validation / a value that does not fit its syntax is an error, not an absent value (none)
test('a value that does not fit its syntax is an error of its attribute, not an absent value', () => {
  const object = staged('user', { mailNickname: undefined }, { malformed: ['mailNickname', 'thumbnailPhoto'] });
  expect(evaluate(object, settings).errors.map(({ code, attribute }) => `${code} ${attribute}`)).toEqual([
    'SE602 mailNickname',
    'SE602 thumbnailPhoto',
  ]);
});

// Shows: Scope / an attribute that could not be read takes no object out of scope (none)
test('an object whose mail could not be read stays in scope, in error', () => {
  const object = staged('user', { mail: undefined, proxyAddresses: undefined }, { malformed: ['mail'] });
  expect(evaluate(object, settings)).toMatchObject({ inScope: true, errors: [{ code: 'SE602', attribute: 'mail' }] });
});

describe('what may never be written is not claimed, so that it stays free for its owner', () => {
  const claimed = (kind: ObjectKind, attributes: Attributes): string[] =>
    evaluate(staged(kind, attributes), settings)
      .claims.filter((claim) => claim.kind === 'address')
      .map((claim) => claim.value)
      .sort();

  // Shows: Validation / only addresses in the customer's own domains (none)
  test('an address in a domain of somebody else', () => {
    const proxyAddresses = ['SMTP:ann@contoso.test', 'smtp:boss@adatum.example', 'sip:boss@adatum.example'];
    expect(claimed('user', { proxyAddresses })).toEqual(['smtp:ann@contoso.test']);
    expect(claimed('group', { mail: 'boss@adatum.example', proxyAddresses: [] })).toEqual([]);
  });

  test('a malformed address', () => {
    expect(claimed('user', { mail: 'n/a', proxyAddresses: ['smtp:n/a', 'none'] })).toEqual([]);
  });

  test('but a contact’s addresses are elsewhere, and claimed', () => {
    expect(claimed('contact', {})).toEqual(['smtp:ann@partner.example']);
  });

  test('and so are addresses of other types', () => {
    const proxyAddresses = ['SMTP:ann@contoso.test', 'X500:/o=Old/cn=Ann', 'EUM:1;phone-context=x'];
    expect(claimed('user', { proxyAddresses })).toEqual([
      'eum:1;phone-context=x',
      'smtp:ann@contoso.test',
      'x500:/o=old/cn=ann',
    ]);
  });
});

test('the settings of a forest come from the customer’s configuration', () => {
  const configuration = sampleConfiguration();
  expect(ruleSettings(configuration, 'corp', true)).toEqual({
    scope: compileScope({
      include: ['OU=Contoso,DC=corp,DC=contoso,DC=test'],
      exclude: ['OU=Out of scope,OU=Contoso,DC=corp,DC=contoso,DC=test'],
    }),
    sharedForest: true,
    validation: { ...validation, ownDomains: new Set(['contoso.test', 'contoso.example']) },
    services: {
      attribute: 'extensionAttribute9',
      regions: new Set(['EU', 'NA', 'AP']),
      defaultRegion: 'EU',
      plans: plansSchema.parse({}),
      entitlement: { by: 'provisioningValue' },
    },
    removalLeaves: false,
    flow: flowOf(configuration),
    lists: recipientLists(configuration.exchange),
    voice: null,
    reconnection: configuration.reconnection.rules,
  });
  expect(ruleSettings(configuration, 'emea', false)).toBeNull();
});

// Shows: Reconnection / a source object whose services are another one's now neither flows nor claims (none)
test('an object whose services another one has since a reconnection is out of scope, and wants nothing', () => {
  expect(evaluate(staged('user', {}, { retired: true }), settings)).toMatchObject({
    inScope: false,
    scopeRule: RETIRED_RULE,
    wanted: {},
    service: {},
    claims: [],
  });
});

// Shows: Offboarding / an object that a wave has taken ends its services like what leaves the included units (none)
test('an object that leaves by the offboarding of its customer ends like what leaves the included units', () => {
  expect(evaluate(staged('user', { mail: 'ada@contoso.test' }, { leaves: true }), settings)).toMatchObject({
    inScope: false,
    scopeRule: LEAVES_RULE,
    ending: 'outOfScope',
    claims: [],
  });
  // Who was out of it before keeps the reason why.
  const gone = evaluate(staged('user', { mail: 'ada@contoso.test' }, { leaves: true, gone: true }), settings);
  expect(gone.ending).toBe('deleted');
});

describe('what a customer’s attribute flow makes of an object', () => {
  const withFlow = (user: object): RuleSettings => ({
    ...settings,
    flow: compileFlow('contoso', flowSchema.parse({ user })),
  });

  // Shows: Flow / transformed addresses are validated like the source's own (none)
  test('is validated and claimed as it flows', () => {
    const rules = [{ target: 'mail', expression: 'value.mail.replace("@contoso.test", "@elsewhere.example")' }];
    const { errors, claims } = evaluate(staged('user'), withFlow({ rules }));
    expect(errors.map(({ code, attribute }) => `${code} ${attribute}`)).toEqual(['SE102 mail']);
    expect(claims.map((claim) => claim.value)).toEqual(['smtp:ann@contoso.test', 'contoso/ann']);
  });

  test('that fails is told once, and not as an absent value', () => {
    const rules = [{ target: 'mailNickname', expression: 'value.info.split("|")[1]' }];
    const { errors } = evaluate(staged('user'), withFlow({ rules }));
    expect(errors.map(({ code, attribute }) => `${code} ${attribute}`)).toEqual(['SE701 mailNickname']);
  });

  test('decides whether a mailbox is shown in address lists', () => {
    const rules = [{ target: 'msExchHideFromAddressLists', expression: 'value.title == "Robot"' }];
    const object = staged('user', { extensionAttribute9: 'REG=EU', objectSid: 'S-1-5-21-1-2-3-4', title: 'Robot' });
    expect(evaluate(object, withFlow({ rules })).service.mail?.hidden).toBe(true);
    expect(evaluate(object, settings).service.mail?.hidden).toBe(false);
  });

  test('does not hide the provisioning value from the services', () => {
    const object = staged('user', { extensionAttribute9: 'REG=EU', objectSid: 'S-1-5-21-1-2-3-4' });
    expect(evaluate(object, withFlow({ clear: ['extensionAttribute9'] })).service.mail).toBeDefined();
  });
});

describe('in a managed forest that serves other customers too', () => {
  const shared = { ...settings, sharedForest: true };
  const addresses = [
    'SMTP:bob@fabrikam.example',
    'smtp:bob.ext@contoso.test',
    'sip:bob@fabrikam.example',
    'x500:/o=a/cn=bob',
  ];
  const bob = {
    mail: 'bob@fabrikam.example',
    mailNickname: 'bob',
    targetAddress: 'SMTP:bob@fabrikam.example',
    proxyAddresses: addresses,
  };

  // Shows: Validation / a contact's address elsewhere neither blocks its owner nor is blocked (none)
  test('a contact keeps mail and target address, but neither shows nor claims addresses that are not its customer’s', () => {
    const evaluation = evaluate(staged('contact', bob), shared);
    expect(evaluation.wanted).toMatchObject({ mail: [bob.mail], targetAddress: [bob.targetAddress] });
    expect(evaluation.wanted['proxyAddresses']).toEqual(['smtp:bob.ext@contoso.test', 'x500:/o=a/cn=bob']);
    expect(evaluation.claims.map(({ value }) => value)).toEqual([
      'smtp:bob.ext@contoso.test',
      'x500:/o=a/cn=bob',
      'contoso/bob',
    ]);
    expect(evaluation.errors).toEqual([]);
  });

  test('a contact without an address of its customer has none at all', () => {
    const evaluation = evaluate(staged('contact', { ...bob, proxyAddresses: ['SMTP:bob@fabrikam.example'] }), shared);
    expect(evaluation.wanted).not.toHaveProperty('proxyAddresses');
    expect(evaluation.errors).toEqual([]);
  });

  test('users and groups are as they are alone', () => {
    for (const kind of ['user', 'group'] as const)
      expect(evaluate(staged(kind), shared)).toEqual(evaluate(staged(kind), settings));
  });

  test('alone in its forest the customer’s contact shows and claims them all', () => {
    const evaluation = evaluate(staged('contact', bob), settings);
    expect(evaluation.wanted['proxyAddresses']).toEqual([...addresses].sort());
    expect(evaluation.claims).toHaveLength(5);
  });
});

describe('voice', () => {
  const pools = { EU: 'CN=Lc Services,CN=Microsoft,CN=1:1,CN=Pools,DC=fabrikam,DC=test' };
  const voice = voiceSchema.parse({ bitmapAttribute: 'extensionAttribute10', pools, defaultRegion: 'EU' });
  const withVoice = { ...settings, voice: { voice, ownDomains: settings.validation.ownDomains } };
  const more = { objectSid: 'S-1-5-21-1-2-3-4', extensionAttribute10: '256' };

  // Shows: Voice / the SIP address is an address that one object of the managed forest has (none)
  test('has its SIP address among the addresses that flow, and claims it', () => {
    const { wanted, claims, service } = evaluate(staged('user', more), withVoice);
    expect(service.voice).toMatchObject({ sipAddress: 'sip:ann@contoso.test', region: 'EU' });
    expect(wanted['proxyAddresses']).toEqual(['SMTP:ann@contoso.test', 'sip:ann@contoso.test']);
    expect(claims).toContainEqual({ kind: 'address', value: 'sip:ann@contoso.test', attribute: 'proxyAddresses' });
  });

  // Shows: Voice / the SIP address follows the attribute flow (none)
  test('follows mail as it flows, and its bitmap as the source has it', () => {
    const flow = compileFlow(
      'contoso',
      flowSchema.parse({
        user: { clear: ['extensionAttribute10'], rules: [{ target: 'mail', expression: '"a." + value.mail' }] },
      }),
    );
    const { service } = evaluate(staged('user', { ...more, proxyAddresses: undefined }), { ...withVoice, flow });
    expect(service.voice).toMatchObject({ sipAddress: 'sip:a.ann@contoso.test' });
  });

  // Shows: Voice / an error of voice leaves the mailbox, one of the mailbox leaves voice (none)
  test('that can not be told is no wish to end it, and stands apart from the mailbox', () => {
    const bad = evaluate(
      staged('user', { ...more, extensionAttribute9: 'REG=EU', extensionAttribute10: 'x' }),
      withVoice,
    );
    expect(bad.service).toMatchObject({ voice: null, mail: { recipient: 'linked' } });
    const badMail = evaluate(staged('user', { ...more, extensionAttribute9: 'lots' }), withVoice);
    expect(badMail).toMatchObject({ service: { voice: { region: 'EU' } }, errors: [{ code: 'PE101' }] });
  });

  // Shows: Voice / a line is claimed as an address is, and where voice can not be told nothing is (none)
  test('claims its line', () => {
    const lined = voiceSchema.parse({ ...voice, lineAttribute: 'telephoneNumber' });
    const claimed = (bitmap: string): unknown[] =>
      evaluate(staged('user', { ...more, extensionAttribute10: bitmap, telephoneNumber: '+49 89 123' }), {
        ...withVoice,
        voice: { ...withVoice.voice, voice: lined },
      }).claims.filter(({ kind }) => kind === 'line');
    expect(claimed('128')).toEqual([{ kind: 'line', value: 'tel:+4989123', attribute: 'msRTCSIP-Line' }]);
    expect(claimed('256')).toEqual([]);
    expect(claimed('x')).toEqual([]);
  });

  test('that is not asked for, and that no customer has, is no wish at all', () => {
    expect(evaluate(staged('user', { ...more, extensionAttribute10: '0' }), withVoice).service).toEqual({});
    expect(evaluate(staged('user', more), settings).service).toEqual({});
  });
});
