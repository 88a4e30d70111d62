import fc from 'fast-check';
import {
  disabledVoice,
  enabledVoice,
  wantedVoice,
  withSipAddress,
  type MailBeside,
  type VoiceDecision,
  type VoiceWish,
} from '../../rules/voice.ts';
import { compileFlow, flowOwned } from '../../rules/flow.ts';
import type { ObjectKind } from '../../rules/objects.ts';
import { voiceSchema, type VoiceConfiguration } from '../../rules/voice-settings.ts';
import { VOICE_FEATURES } from '../../rules/voice-value.ts';
import { goodObject, ownDomains, type Attributes } from '../support/source-object.ts';

const pool = 'CN=Lc Services,CN=Microsoft,CN=1:1,CN=Pools,DC=fabrikam,DC=test';
const voice = voiceSchema.parse({
  bitmapAttribute: 'extensionAttribute10',
  stringAttribute: 'extensionAttribute11',
  lineAttribute: 'telephoneNumber',
  pools: { EU: pool, NA: `CN=NA,${pool}` },
  defaultRegion: 'EU',
});
const sid = 'S-1-5-21-1-2-3-1104';
const plainMailbox: MailBeside = { mailbox: true, isLyncRoom: false };

function decide(
  attributes: Attributes,
  {
    mail = plainMailbox,
    settings = {},
    kind = 'user',
  }: { mail?: MailBeside; settings?: Partial<VoiceConfiguration>; kind?: ObjectKind } = {},
): VoiceDecision {
  const object = goodObject(kind, { extensionAttribute10: '385', objectSid: sid, ...attributes });
  return wantedVoice(object, object.attributes, { voice: { ...voice, ...settings }, ownDomains }, mail);
}

function wish(attributes: Attributes, more: Parameters<typeof decide>[1] = {}): VoiceWish {
  const decision = decide(attributes, more);
  if (decision.ask !== 'voice') throw new Error(JSON.stringify(decision));
  return decision.wish;
}

function codes(decision: VoiceDecision): readonly string[] {
  return decision.ask === 'unclear'
    ? decision.errors.map((error) => `${error.code} ${error.attribute}`)
    : [decision.ask];
}

// Shows: Voice / entitlement by the bitmap attribute, pool of the default region, SID of the source account (none)
test('a user with features has voice at the address of its mail, in the pool of its region', () => {
  expect(wish({})).toEqual({
    account: 'user',
    sipAddress: 'sip:ann@contoso.test',
    features: ['publicIm', 'enterpriseVoice', 'enhancedPresence'],
    region: 'EU',
    line: null,
    sourceSid: sid,
  });
  expect(wish({ extensionAttribute11: 'reg=na' }).region).toBe('NA');
});

test.each([
  ['no bitmap', { extensionAttribute10: undefined }],
  ['a bitmap of 0', { extensionAttribute10: '0', extensionAttribute11: 'TYPE=what' }],
])('a user with %s has none', (_, attributes) => {
  expect(decide(attributes)).toEqual({ ask: 'nothing' });
});

test.each<ObjectKind>(['contact', 'group'])('a %s has no voice', (kind) => {
  expect(decide({}, { kind })).toEqual({ ask: 'nothing' });
});

// Shows: Voice / SIP address from proxyAddresses `sip:` or mail (none)
test.each<[string, readonly string[], string]>([
  ['the only one', ['SMTP:ann@contoso.test', 'sip:Ann.B@Contoso.test'], 'sip:ann.b@contoso.test'],
  ['the primary one of several', ['sip:old@contoso.test', 'SIP:new@contoso.test'], 'sip:new@contoso.test'],
  ['mail where there is none', ['SMTP:ann@contoso.test', 'X500:/o=x'], 'sip:ann@contoso.test'],
])('the SIP address is %s', (_, proxyAddresses, address) => {
  expect(wish({ proxyAddresses }).sipAddress).toBe(address);
});

test.each<[string, Attributes, string]>([
  ['two of the same rank', { proxyAddresses: ['sip:a@contoso.test', 'sip:b@contoso.test'] }, 'PE205 proxyAddresses'],
  ['two primary ones', { proxyAddresses: ['SIP:a@contoso.test', 'SIP:b@contoso.test'] }, 'PE205 proxyAddresses'],
  ['a foreign domain', { proxyAddresses: ['sip:a@partner.example'] }, 'PE205 proxyAddresses'],
  ['a malformed address', { proxyAddresses: ['sip:a b@contoso.test'] }, 'PE205 proxyAddresses'],
  ['mail elsewhere', { mail: 'ann@partner.example', proxyAddresses: [] }, 'PE205 mail'],
  ['no mail', { mail: undefined, proxyAddresses: [] }, 'PE205 mail'],
  ['a bitmap that can not be read', { extensionAttribute10: 'yes' }, 'PE201 extensionAttribute10'],
  ['a bit without a feature', { extensionAttribute10: '2' }, 'PE201 extensionAttribute10'],
  ['a string that can not be read', { extensionAttribute11: 'Type=Phone' }, 'PE202 extensionAttribute11'],
  [
    'a number without a feature for it',
    { extensionAttribute10: '257', extensionAttribute11: 'LINE=+4989123' },
    'PE202 extensionAttribute11',
  ],
  ['a region without a pool', { extensionAttribute11: 'REG=AP' }, 'PE203 extensionAttribute11'],
  ['a Lync room without its mailbox', { extensionAttribute11: 'TYPE=LRS' }, 'PE204 extensionAttribute11'],
  ['no SID', { objectSid: undefined }, 'PE206 objectSid'],
])('%s is an error of voice alone', (_, attributes, error) => {
  expect(codes(decide(attributes))).toEqual([error]);
});

// Shows: Voice / Lync room: TYPE=LRS and RESMBX=LRSRoom go together (none)
test('a Lync room needs its mailbox kind and its voice type, unless the mailbox can not be told', () => {
  const room: MailBeside = { mailbox: true, isLyncRoom: true };
  const lrs = { extensionAttribute11: 'Type=LRS' };
  expect(wish(lrs, { mail: room }).account).toBe('room');
  expect(codes(decide({}, { mail: room }))).toEqual(['PE204 extensionAttribute11']);
  expect(wish(lrs, { mail: { mailbox: null, isLyncRoom: false } }).account).toBe('room');
});

// Shows: Voice / Line from the string attribute or the telephone number (none)
test.each<[Attributes, string | null]>([
  [{ extensionAttribute11: 'LINE=+4989123;EXT=7', telephoneNumber: '+49 89 999' }, 'tel:+4989123;ext=7'],
  [{ telephoneNumber: '+49 (89) 999-1' }, 'tel:+49899991'],
  [{ telephoneNumber: '089 999' }, null],
  [{ telephoneNumber: '+49 89 999', extensionAttribute10: '257' }, null],
  [{ telephoneNumber: '+49 89 999', extensionAttribute10: '16' }, 'tel:+4989999'],
])('of %j the line is %s', (attributes, line) => {
  expect(wish(attributes).line).toBe(line);
});

// Shows: Voice / kept or ended apart from mail (none)
test('without a mailbox voice goes on or ends, as configured, and stays as it is while that can not be told', () => {
  const mailbox = (has: boolean | null): { mail: MailBeside } => ({ mail: { mailbox: has, isLyncRoom: false } });
  const ends = { settings: { withoutMailbox: 'end' } } as const;
  expect(decide({}, mailbox(false)).ask).toBe('voice');
  expect(decide({}, { ...mailbox(false), ...ends })).toEqual({ ask: 'nothing' });
  expect(decide({}, { ...mailbox(true), ...ends }).ask).toBe('voice');
  expect(decide({}, { ...mailbox(null), ...ends })).toEqual({ ask: 'unclear', errors: [] });
});

test('the SIP address is among the addresses once, whatever case the source writes it in', () => {
  const address = 'sip:ann@contoso.test';
  expect(withSipAddress(['SMTP:ann@contoso.test', 'smtp:b@contoso.test'], address)).toEqual([
    'SMTP:ann@contoso.test',
    address,
    'smtp:b@contoso.test',
  ]);
  expect(withSipAddress(['SIP:Ann@contoso.test'], address)).toEqual(['SIP:Ann@contoso.test']);
});

// Shows: Voice / OptionFlags from the bitmap attribute (none)
test('a user of voice has the flags of its features, its pool, its line and the SID of its source account', () => {
  const everything = VOICE_FEATURES.filter((feature) => feature !== 'dualMode');
  expect(enabledVoice({ pool }, { ...wish({ telephoneNumber: '+4989999' }), features: everything }, 'SRV:')).toEqual({
    'msRTCSIP-UserEnabled': ['TRUE'],
    'msRTCSIP-PrimaryUserAddress': ['sip:ann@contoso.test'],
    'msRTCSIP-PrimaryHomeServer': [pool],
    'msRTCSIP-OriginatorSid': [sid],
    'msRTCSIP-OptionFlags': ['465'],
    'msRTCSIP-ArchivingEnabled': ['12'],
    'msRTCSIP-FederationEnabled': ['TRUE'],
    'msRTCSIP-InternetAccessEnabled': ['TRUE'],
    'msRTCSIP-Line': ['tel:+4989999'],
    'msRTCSIP-DeploymentLocator': ['SRV:'],
  });
  expect(enabledVoice({ pool }, wish({}), 'SRV:')).toMatchObject({
    'msRTCSIP-OptionFlags': ['385'],
    'msRTCSIP-ArchivingEnabled': ['0'],
    'msRTCSIP-FederationEnabled': ['FALSE'],
    'msRTCSIP-InternetAccessEnabled': ['FALSE'],
    'msRTCSIP-Line': [],
  });
});

test('by default the bits of the bitmap up to 512 are those of OptionFlags', () => {
  const flags = [1, 16, 64, 128, 256, 512];
  fc.assert(
    fc.property(fc.subarray(flags, { minLength: 1 }), (chosen) => {
      const sum = String(chosen.reduce((total, bit) => total + bit, 0));
      expect(enabledVoice({ pool }, wish({ extensionAttribute10: sum }), 'SRV:')['msRTCSIP-OptionFlags']).toEqual([
        sum,
      ]);
    }),
  );
});

test('the end of voice first disables, then leaves no attribute of it, and flow owns none', () => {
  const [first, last] = disabledVoice;
  const enabled = Object.keys(enabledVoice({ pool }, wish({}), 'SRV:'));
  expect(first).toEqual({ 'msRTCSIP-UserEnabled': ['FALSE'] });
  expect(Object.keys(last ?? {})).toEqual(expect.arrayContaining(enabled));
  expect(new Set(Object.values(last ?? {}).flat())).toEqual(new Set());
  expect(flowOwned(compileFlow('contoso'), 'user').filter((name) => name.startsWith('msRTCSIP'))).toEqual([]);
});
