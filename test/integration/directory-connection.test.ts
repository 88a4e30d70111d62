import { setTimeout as sleep } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';

import type { DirectoryEndpoint } from '../../directory/endpoint.ts';
import { DirectoryRefused, DirectoryUnavailable } from '../../directory/errors.ts';
import { openReader } from '../../directory/reader.ts';
import { endpointOf } from '../support/directory-sandbox.ts';
import { startProxy, type Proxy } from '../support/proxy.ts';
import { testStack } from '../support/stack.ts';

const host = (): string => new URL(testStack().customer.url).hostname;

/** Connects and reads; the host name of the controller, or what was thrown. */
async function attempt(settings: DirectoryEndpoint): Promise<unknown> {
  const reader = openReader(settings);
  try {
    return (await reader.rootDse()).dnsHostName;
  } catch (error) {
    expect(String(error)).not.toContain(settings.bind.password);
    return error;
  } finally {
    await reader.close();
  }
}

// Shows: Connector / LDAPS with verification on by default (samba)
test('LDAPS, with the certificate verified', async () => {
  expect(await attempt(endpointOf('customer', 'administrator'))).toMatch(/^dc1\./);
});

// Shows: Connector / StartTLS before the bind (samba)
test('ldap:// is raised to TLS before the bind', async () => {
  expect(await attempt({ ...endpointOf('customer', 'administrator'), controllers: [`ldap://${host()}`] })).toMatch(
    /^dc1\./,
  );
});

// Shows: Connector / a certificate of an unknown authority is refused (samba)
test.each(['ldap', 'ldaps'])('%s: a certificate of an unknown authority is refused', async (scheme) => {
  const settings = { ...endpointOf('customer', 'administrator'), controllers: [`${scheme}://${host()}`] as const };
  const withOther = await attempt({ ...settings, tls: { ca: rootCertificates[0] ?? '' } });
  expect(withOther).toBeInstanceOf(DirectoryRefused);
  expect(withOther).toMatchObject({ kind: 'tls' });
  expect(String(withOther)).toContain('tls.caFile');
  const { tls: _, ...withSystem } = settings;
  expect(await attempt(withSystem)).toMatchObject({ name: 'DirectoryRefused', kind: 'tls' });
});

// Shows: Connector / a certificate for another name is refused (samba)
test.each(['ldap', 'ldaps'])('%s: a certificate for another name is refused', async (scheme) => {
  const { caFile } = testStack().customer;
  const error = await attempt({
    ...endpointOf('customer', 'administrator'),
    controllers: [`${scheme}://${host()}`],
    tls: { caFile, servername: 'dc9.elsewhere.test' },
  });
  expect(error).toMatchObject({ name: 'DirectoryRefused', kind: 'tls' });
  expect(String(error)).toContain('Use the name that the certificate carries');
});

test('verification can be given up, knowingly', async () => {
  const error = await attempt({ ...endpointOf('customer', 'administrator'), tls: { verify: false } });
  expect(error).toMatch(/^dc1\./);
});

// Shows: Connector / a plain bind that the server refuses says what to do (samba)
test('a password in clear text is refused by the server, and the error says what to do', async () => {
  const error = await attempt({
    ...endpointOf('customer', 'administrator'),
    controllers: [`ldap://${host()}`],
    allowPlainBind: true,
  });
  expect(error).toMatchObject({ name: 'DirectoryRefused', kind: 'configuration' });
  expect(String(error)).toContain('takes a password over TLS only');
});

test('a wrong password, and an account that does not exist', async () => {
  const settings = endpointOf('customer', 'administrator');
  const wrong = await attempt({ ...settings, bind: { ...settings.bind, password: 'certainly-wrong' } });
  expect(wrong).toMatchObject({ name: 'DirectoryRefused', kind: 'credentials' });
  expect(String(wrong)).toContain(`no log-on as ${settings.bind.account}: the account or its password is wrong`);
  const nobody = await attempt({ ...settings, bind: { account: 'NOWHERE\\nobody', password: 'certainly-wrong' } });
  expect(nobody).toMatchObject({ kind: 'credentials' });
});

describe('a connection that is cut on the wire', () => {
  let proxy: Proxy;

  beforeEach(async () => {
    proxy = await startProxy(host(), 389);
  });

  afterEach(() => proxy.close());

  test('is opened and secured again by the next request, StartTLS included', async () => {
    const reader = openReader({ ...endpointOf('customer', 'administrator'), controllers: [proxy.url] });
    await reader.rootDse();
    proxy.cut();
    await sleep(100);
    expect((await reader.rootDse()).dnsHostName).toMatch(/^dc1\./);
    expect(proxy.accepted()).toBe(2);
    await reader.close();
  });

  test('fails what is in flight as unavailable', async () => {
    const reader = openReader({ ...endpointOf('customer', 'administrator'), controllers: [proxy.url] });
    await reader.rootDse();
    proxy.hold();
    const answer = reader.rootDse().catch((error: unknown) => error);
    setTimeout(() => proxy.cut(), 50);
    expect(await answer).toBeInstanceOf(DirectoryUnavailable);
    await reader.close();
  });
});
