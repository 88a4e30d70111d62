import { endpoint, type Dependencies } from '../../activities/dependencies.ts';
import { openReader } from '../../directory/reader.ts';
import { configurationSchema, type Configuration, type ForestConfiguration } from '../../rules/configuration.ts';
import { PLAIN } from '../../rules/tls-settings.ts';
import { fakeServers } from '../support/fake-directory.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';

const servers = fakeServers();

function withTls(tls: object, controllers: readonly string[]): unknown {
  const sample = sampleConfiguration();
  return {
    ...sample,
    forests: sample.forests.map((forest) => ({
      ...forest,
      tls,
      domains: forest.domains.map((domain) => ({ ...domain, controllers })),
    })),
  };
}

function problems(configuration: unknown): { key: string; message: string }[] {
  const { error } = configurationSchema.safeParse(configuration);
  return (error?.issues ?? []).map((issue) => ({ key: issue.path.join('.'), message: issue.message }));
}

function forestOf(configuration: Configuration): ForestConfiguration {
  const [forest] = configuration.forests;
  if (forest === undefined) throw new Error('no forest');
  return forest;
}

// Shows: Connector / a plain bind is refused unless configured in so many words: the sentence (none)
test.each([true, 'yes', PLAIN.toLowerCase(), ''])('%p is not the sentence', (plain) => {
  expect(problems(withTls({ plain }, ['ldap://dc1']))[0]?.key).toBe('forests.0.tls.plain');
});

// Shows: Connector / a plain bind beside TLS settings or LDAPS is a contradiction (none)
test.each([
  [{ plain: PLAIN, caFile: 'ca.pem' }, ['ldap://dc1'], /caFile verifies nothing/],
  [{ plain: PLAIN, serverName: 'dc1' }, ['ldap://dc1'], /serverName verifies nothing/],
  [{ plain: PLAIN }, ['ldap://dc1', 'ldaps://dc2'], /ldaps:\/\/dc2 is secured by TLS/],
])('%p for %p is refused', (tls, controllers, message) => {
  expect(problems(withTls(tls, controllers))).toEqual([
    { key: 'forests.0.tls.plain', message: expect.stringMatching(message) as string },
  ]);
});

// Shows: Connector / a plain bind is refused unless configured in so many words: what is sent (fake LDAP)
test.each([
  ['without the sentence no password goes out, though the server has no StartTLS', {}, 0],
  ['with it the connection is as plain as it was asked for', { plain: PLAIN }, 1],
])('%s', async (_what, tls, binds) => {
  let bound = 0;
  const server = await servers.start({
    bind: () => {
      bound += 1;
      return {};
    },
  });
  const configuration = configurationSchema.parse(withTls(tls, [server.url]));
  const dependencies = { secret: () => Promise.resolve('secret') } as unknown as Dependencies;
  const settings = await endpoint(dependencies, [server.url], forestOf(configuration));
  const reader = openReader({ ...settings, timeouts: { connectMs: 1000, requestMs: 500 } });
  const outcome = await reader.read({ dn: 'CN=a,DC=fake,DC=test' }, []).catch((error: unknown) => error);
  await reader.close();
  expect(bound).toBe(binds);
  if (binds === 0) expect(outcome).toBeInstanceOf(Error);
  else expect(outcome).toBeNull();
});
