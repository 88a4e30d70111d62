import { configurationSchema, milliseconds, type Configuration } from '../../rules/configuration.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';

/** Where and why the sample is refused after a change to it. */
function problems(change: (sample: Configuration) => unknown): { key: string; message: string }[] {
  const result = configurationSchema.safeParse(change(sampleConfiguration()));
  return (result.error?.issues ?? []).map((issue) => ({ key: issue.path.join('.'), message: issue.message }));
}

const withForest = (change: object) => (sample: Configuration) => ({
  ...sample,
  forests: sample.forests.map((forest) => ({ ...forest, ...change })),
});
const withScope = (include: readonly string[], exclude: readonly string[] = []) =>
  withForest({ scope: { include, exclude } });
const withManaged = (change: object) => (sample: Configuration) => ({
  ...sample,
  managed: { ...sample.managed, ...change },
});
const withDomains =
  (...domains: readonly string[]) =>
  (sample: Configuration) => ({ ...sample, domains });
const withServices = (change: object) => (sample: Configuration) => ({
  ...sample,
  services: { ...sample.services, ...change },
});
const withExchange = (change: object) => (sample: Configuration) => ({
  ...sample,
  exchange: { ...sample.exchange, ...change },
});

test('the sample is right, and what it leaves out has defaults', () => {
  const sample = sampleConfiguration();
  expect(sample.services).toMatchObject({ attribute: 'extensionAttribute9', parkFor: '7d', waitFor: '10m' });
  expect(sample.cycle).toMatchObject({ every: '30s', pageSize: 500, writers: 4 });
  expect(sample.managed.anchorAttribute).toBe('msExchImmutableId');
});

test('what was stored of a configuration can be read again', () => {
  const stored: unknown = JSON.parse(JSON.stringify(sampleConfiguration()));
  expect(configurationSchema.parse(stored)).toEqual(sampleConfiguration());
});

const INCLUDED = 'OU=Contoso,DC=corp,DC=contoso,DC=test';

/** A forest of two domains. */
const withSecondDomain = (scope: object) =>
  withForest({
    domains: ['DC=corp,DC=contoso,DC=test', 'DC=emea,DC=contoso,DC=test'].map((namingContext) => ({
      namingContext,
      controllers: ['ldaps://127.0.0.2'],
    })),
    scope,
  });

test.each<[string, (sample: Configuration) => unknown]>([
  ['an organizational unit with an escaped comma', withScope(['OU=Sales\\, North,DC=corp,DC=contoso,DC=test'])],
  ['the whole domain', withScope(['DC=corp,DC=contoso,DC=test'])],
  [
    'organizational units in several domains, and an exclusion in one of them',
    withSecondDomain({
      include: [INCLUDED, 'OU=People,DC=emea,DC=contoso,DC=test'],
      exclude: ['OU=Out,OU=People,DC=emea,DC=contoso,DC=test'],
    }),
  ],
  ['lower case and spaces', withScope(['ou=contoso, dc=corp, dc=contoso, dc=test'])],
  ['an exclusion in other case than the inclusion', withScope([INCLUDED], [`OU=Out,${INCLUDED.toLowerCase()}`])],
  ['a domain with an internationalized name', withDomains('xn--bcher-kva.example', 'contoso.xn--p1ai')],
  ['StartTLS, with a port', withManaged({ controllers: ['ldap://dc1.mgd.fabrikam.test:389', 'ldaps://127.0.0.3'] })],
  ['a secret from the environment', withManaged({ passwordFile: undefined, passwordEnv: 'ITASCA_MANAGED' })],
  ['another attribute for the provisioning value', withServices({ attribute: 'extensionAttribute1' })],
  ['another anchor', withManaged({ anchorAttribute: 'msDS-SourceObjectDN' })],
])('%s is fine', (_what, change) => {
  expect(problems(change)).toEqual([]);
});

test.each<[string, (sample: Configuration) => unknown, string, RegExp]>([
  ['a customer in capitals', (s) => ({ ...s, customer: 'Contoso' }), 'customer', /lower-case letters/],
  ['a domain in capitals', withDomains('Contoso.test'), 'domains.0', /in lower case/],
  ['an address for a domain', withDomains('@contoso.test'), 'domains.0', /a DNS domain/],
  ['no domain', withDomains(), 'domains', />=1/],
  ['a domain twice', withDomains('a.test', 'b.test', 'a.test'), 'domains.2', /^a\.test is named twice$/],
  ['a forest twice', (s) => ({ ...s, forests: [...s.forests, ...s.forests] }), 'forests.1', /^corp is named twice$/],
  [
    'a canonical name for a DN',
    withScope(['corp.contoso.test/Contoso']),
    'forests.0.scope.include.0',
    /distinguished name/,
  ],
  ['a DN without domain', withScope(['OU=Contoso']), 'forests.0.scope.include.0', /ends in DC=/],
  [
    'a DN with an empty part',
    withScope(['OU=a,,DC=corp,DC=contoso,DC=test']),
    'forests.0.scope.include.0',
    /backslash/,
  ],
  [
    'a DN with a bare comma',
    withScope(['OU=a, b,DC=corp,DC=contoso,DC=test']),
    'forests.0.scope.include.0',
    /backslash/,
  ],
  [
    'an inclusion in another domain',
    withScope(['OU=Contoso,DC=emea,DC=test']),
    'forests.0.scope.include.0',
    /none of the forest's domains \(DC=corp/,
  ],
  [
    'an exclusion beside the inclusions',
    withScope([INCLUDED], ['OU=Out,DC=corp,DC=contoso,DC=test']),
    'forests.0.scope.exclude.0',
    /below none/,
  ],
  ['no inclusion', withScope([]), 'forests.0.scope.include', />=1/],
  [
    'a naming context that is none',
    withManaged({ namingContext: 'OU=x,DC=test' }),
    'managed.namingContext',
    /naming context/,
  ],
  [
    'managed objects outside the naming context',
    withManaged({ ou: 'OU=contoso,DC=other,DC=test' }),
    'managed.ou',
    /DC=mgd,DC=fabrikam,DC=test/,
  ],
  ['a controller without scheme', withManaged({ controllers: ['dc1.test'] }), 'managed.controllers.0', /ldaps:/],
  ['a controller by HTTP', withManaged({ controllers: ['https://dc1.test'] }), 'managed.controllers.0', /ldaps:/],
  [
    'a path behind the controller',
    withManaged({ controllers: ['ldaps://dc1.test/dc=test'] }),
    'managed.controllers.0',
    /ldaps:/,
  ],
  ['no secret', withManaged({ passwordFile: undefined }), 'managed.account', /exactly one of/],
  ['no secret for a customer forest', withForest({ passwordFile: undefined }), 'forests.0.account', /exactly one of/],
  ['two secrets', withManaged({ passwordEnv: 'ITASCA_MANAGED' }), 'managed.account', /exactly one of/],
  [
    'a password for a variable’s name',
    withManaged({ passwordFile: undefined, passwordEnv: 'pa$$word' }),
    'managed.passwordEnv',
    /environment variable/,
  ],
  [
    'an anchor that a contact needs',
    withManaged({ anchorAttribute: 'targetAddress' }),
    'managed.anchorAttribute',
    /attribute of its own/,
  ],
  [
    'an anchor that flow fills',
    withManaged({ anchorAttribute: 'extensionAttribute5' }),
    'managed.anchorAttribute',
    /attribute of its own/,
  ],
  [
    'an anchor that is no text',
    withManaged({ anchorAttribute: 'mS-DS-ConsistencyGuid' }),
    'managed.anchorAttribute',
    /does not hold text/,
  ],
  ['an unknown attribute', withServices({ attribute: 'contosoMailbox' }), 'services.attribute', /not known/],
  [
    'an attribute in another spelling',
    withServices({ attribute: 'extensionattribute9' }),
    'services.attribute',
    /spelled extensionAttribute9/,
  ],
  ['a duration without unit', withServices({ parkFor: '7' }), 'services.parkFor', /with its unit/],
  ['a duration of nothing', withServices({ parkFor: '0s' }), 'services.parkFor', /with its unit/],
  ['a duration in words', withServices({ parkFor: '1 week' }), 'services.parkFor', /with its unit/],
  [
    'a default region that has no databases',
    withExchange({ defaultRegion: 'APAC' }),
    'exchange.defaultRegion',
    /APAC is not among/,
  ],
  [
    'a default region that only JavaScript knows',
    withExchange({ defaultRegion: 'toString' }),
    'exchange.defaultRegion',
    /not among/,
  ],
  [
    'a region without databases',
    withExchange({ regions: { EU: { databases: [] } } }),
    'exchange.regions.EU.databases',
    />=1/,
  ],
  [
    'a Recipients container of another form',
    withExchange({ recipientsDn: 'CN=Recipients' }),
    'exchange.recipientsDn',
    /\/o=Fabrikam/,
  ],
  ['pages of one object', (s) => ({ ...s, cycle: { ...s.cycle, pageSize: 1 } }), 'cycle.pageSize', />=10/],
  ['an unknown key', (s) => ({ ...s, cylce: {} }), '', /cylce/],
])('%s is refused', (_what, change, key, message) => {
  const [first, ...others] = problems(change);
  expect(others).toEqual([]);
  expect(first?.key).toBe(key);
  expect(first?.message).toMatch(message);
});

test('a region in small letters is refused', () => {
  const { databases } = sampleConfiguration().exchange.regions['EU'] ?? {};
  const change = withExchange({ regions: { EU: { databases }, eu: { databases } } });
  expect(problems(change).map(({ key }) => key)).toEqual(['exchange.regions.eu']);
});

test.each([
  ['30s', 30_000],
  ['15m', 900_000],
  ['12h', 43_200_000],
  ['7d', 604_800_000],
])('%s is %d milliseconds', (text, expected) => {
  expect(milliseconds(text)).toBe(expected);
});

test('a text that is no duration has no milliseconds', () => {
  expect(() => milliseconds('15')).toThrow('"15" is not a duration');
  expect(() => milliseconds('15w')).toThrow(RangeError);
});

describe('voice', () => {
  const right = {
    bitmapAttribute: 'extensionAttribute10',
    stringAttribute: 'extensionAttribute11',
    pools: { EU: 'CN=Lc Services,CN=Microsoft,CN=1:1,CN=Pools,DC=mgd,DC=fabrikam,DC=test' },
    defaultRegion: 'EU',
  };
  const withVoice = (change: object) => (sample: Configuration) => ({ ...sample, voice: { ...right, ...change } });

  test('needs a bitmap attribute and a pool; the rest has defaults', () => {
    expect(problems(withVoice({}))).toEqual([]);
    expect(configurationSchema.parse(withVoice({})(sampleConfiguration())).voice).toMatchObject({
      bits: { 1: 'publicIm', 128: 'enterpriseVoice', 8192: 'archiveFederated' },
      deploymentLocator: 'SRV:',
      withoutMailbox: 'keep',
    });
  });

  test.each<[object, string, RegExp]>([
    [{ bitmapAttribute: 'ExtensionAttribute10' }, 'voice.bitmapAttribute', /is spelled extensionAttribute10/],
    [{ lineAttribute: 'phone' }, 'voice.lineAttribute', /is not known/],
    [{ stringAttribute: 'extensionAttribute9' }, 'voice', /extensionAttribute9 decides about two things/],
    [{ stringAttribute: 'extensionAttribute10' }, 'voice', /extensionAttribute10 decides about two things/],
    [{ defaultRegion: 'NA' }, 'voice.defaultRegion', /not among voice.pools/],
    [{ bits: { 3: 'publicIm' } }, 'voice.bits.3', /not a power of two/],
    [{ bits: { 2147483648: 'publicIm' } }, 'voice.bits.2147483648', /power of two/],
    [{ bits: { 1: 'publicIm', 2: 'publicIm' } }, 'voice.bits.2', /publicIm has two bits/],
    [{ pools: { EU: 'pool1' } }, 'voice.pools.EU', /distinguished name/],
  ])('%j is refused at %s', (change, key, message) => {
    expect(problems(withVoice(change))).toEqual([{ key, message: expect.stringMatching(message) as string }]);
  });
});
