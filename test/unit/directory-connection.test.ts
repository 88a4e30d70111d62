import { createServer } from 'node:net';

import type { DirectoryEndpoint } from '../../directory/endpoint.ts';
import { DirectoryRefused, DirectoryUnavailable } from '../../directory/errors.ts';
import { openReader } from '../../directory/reader.ts';
import { FAKE_PASSWORD, fakeEndpoint, fakeServers } from '../support/fake-directory.ts';
import { startFakeLdap } from '../support/fake-ldap.ts';

const servers = fakeServers();

/** Reads something; null says that the server was reached and has no such object. */
async function attempt(settings: DirectoryEndpoint): Promise<unknown> {
  const reader = openReader(settings);
  try {
    return await reader.read({ dn: 'CN=a,DC=fake,DC=test' }, []);
  } catch (error) {
    expect(String(error)).not.toContain(FAKE_PASSWORD);
    return error;
  } finally {
    await reader.close();
  }
}

/** A port of this machine where nothing listens. */
async function closedPort(): Promise<string> {
  const server = await startFakeLdap({});
  await server.close();
  return server.url;
}

describe('fake LDAP server: choosing the controller', () => {
  // Shows: Connector / several domain controllers: preferred first (fake LDAP)
  test('the preferred one is taken, and the others are left alone', async () => {
    const [first, second] = [await servers.start(), await servers.start()];
    expect(await attempt(fakeEndpoint([first.url, second.url]))).toBeNull();
    expect([first.connections(), second.connections()]).toEqual([1, 0]);
  });

  // Shows: Connector / fail over on connect error (fake LDAP)
  test('one that cannot be reached is passed over', async () => {
    const second = await servers.start();
    const reader = openReader(fakeEndpoint([await closedPort(), second.url]));
    expect(await reader.read({ dn: 'CN=a,DC=fake,DC=test' }, [])).toBeNull();
    expect(reader.controller).toBe(second.url);
    await reader.close();
  });

  // Shows: Connector / fail over from a busy controller (fake LDAP)
  test('one that is busy at the bind is passed over', async () => {
    const [first, second] = [await servers.start({ bind: () => ({ code: 51 }) }), await servers.start()];
    expect(await attempt(fakeEndpoint([first.url, second.url]))).toBeNull();
  });

  test('when none can be reached, the error names each and may pass', async () => {
    const [first, second] = [await closedPort(), await closedPort()];
    const error = await attempt(fakeEndpoint([first, second]));
    expect(error).toBeInstanceOf(DirectoryUnavailable);
    expect(String(error)).toContain(
      `${first}: no connection: nothing listens there: is the domain controller running?`,
    );
    expect(String(error)).toContain(second);
  });

  test('a connection that was lost is opened again, at the same controller', async () => {
    const [first, second] = [await servers.start(), await servers.start()];
    const reader = openReader(fakeEndpoint([first.url, second.url]));
    await reader.read({ dn: 'CN=a,DC=fake,DC=test' }, []);
    await first.close();
    const error: unknown = await reader.read({ dn: 'CN=a,DC=fake,DC=test' }, []).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DirectoryUnavailable);
    expect(second.connections()).toBe(0);
    await reader.close();
  });

  // Shows: Connector / another controller behind the same name is noticed (fake LDAP)
  test('another controller behind the same name is noticed', async () => {
    let name = 'CN=NTDS Settings,CN=DC1';
    let breaks = true;
    const server = await servers.start({
      dsServiceName: () => name,
      search: () => {
        const code = breaks ? 'drop' : 0;
        breaks = false;
        return { code };
      },
    });
    const reader = openReader(fakeEndpoint([server.url]));
    await expect(reader.read({ dn: 'CN=a,DC=fake,DC=test' }, [])).rejects.toThrow('the connection failed');
    expect(await reader.read({ dn: 'CN=a,DC=fake,DC=test' }, [])).toBeNull();
    name = 'CN=NTDS Settings,CN=DC2';
    breaks = true;
    await expect(reader.read({ dn: 'CN=a,DC=fake,DC=test' }, [])).rejects.toThrow('the connection failed');
    await expect(reader.read({ dn: 'CN=a,DC=fake,DC=test' }, [])).rejects.toThrow('another domain controller answered');
    await reader.close();
  });

  test('requests that start together share one connection', async () => {
    const server = await servers.start();
    const reader = openReader(fakeEndpoint([server.url]));
    await Promise.all(Array.from({ length: 20 }, () => reader.read({ dn: 'CN=a,DC=fake,DC=test' }, [])));
    expect(server.connections()).toBe(1);
    await reader.close();
  });
});

describe('fake LDAP server: refused log-ons', () => {
  test.each([
    ['52e', 'the account or its password is wrong'],
    ['525', 'there is no such account'],
    ['530', 'may not log on at this time'],
    ['531', 'may not log on from this machine'],
    ['532', 'the password of the account has expired'],
    ['533', 'the account is disabled'],
    ['701', 'the account has expired'],
    ['773', 'must change its password'],
    ['775', 'the account is locked out'],
    ['999', 'was not accepted'],
  ])('data %s: %s', async (data, sentence) => {
    const message = `80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data ${data}, v1db1\0`;
    const [first, second] = [await servers.start({ bind: () => ({ code: 49, message }) }), await servers.start()];
    const error = await attempt(fakeEndpoint([first.url, second.url]));
    expect(error).toBeInstanceOf(DirectoryRefused);
    expect(error).toMatchObject({ kind: 'credentials', controller: first.url });
    expect(String(error)).toContain('no log-on as FAKE\\sync');
    expect(String(error)).toContain(sentence);
    // The password is not tried on other controllers: each try counts towards the lock-out.
    expect(second.connections()).toBe(0);
  });

  test('an empty password is never sent: the server would take it for an anonymous bind', async () => {
    const server = await servers.start();
    const error = await attempt(fakeEndpoint([server.url], { bind: { account: 'FAKE\\sync', password: '' } }));
    expect(error).toMatchObject({ name: 'DirectoryRefused', kind: 'configuration' });
    expect(server.connections()).toBe(0);
  });

  // Shows: Connector / a plain bind is refused unless configured in so many words (fake LDAP)
  test('without allowPlainBind no password goes out before TLS, even when the server has no StartTLS', async () => {
    let binds = 0;
    const server = await servers.start({
      bind: () => {
        binds += 1;
        return {};
      },
    });
    const error = await attempt(fakeEndpoint([server.url], { allowPlainBind: false }));
    expect(error).toBeInstanceOf(Error);
    expect(binds).toBe(0);
  });
});

describe('fake LDAP server: settings and servers that are wrong', () => {
  test.each(['dc1.example.com', 'http://dc1', 'ldaps://', ''])('"%s" is not a controller', async (url) => {
    expect(await attempt(fakeEndpoint([url]))).toMatchObject({ name: 'DirectoryRefused', kind: 'configuration' });
  });

  test('a file of authorities that cannot be read is named', async () => {
    const error = await attempt(fakeEndpoint(['ldaps://127.0.0.1:1'], { tls: { caFile: '/nowhere/ca.pem' } }));
    expect(error).toMatchObject({ name: 'DirectoryRefused', kind: 'configuration' });
    expect(String(error)).toContain('/nowhere/ca.pem');
  });

  test('an attribute that is not known is not read by guess', async () => {
    const server = await servers.start();
    const reader = openReader(fakeEndpoint([server.url]));
    await expect(reader.read({ dn: 'CN=a,DC=fake,DC=test' }, ['shoeSize'])).rejects.toMatchObject({
      name: 'DirectoryRefused',
      kind: 'configuration',
    });
    await reader.close();
  });

  test.each([
    ['that is not LDAP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['of a length that nobody can mean', '\x30\x84\x7f\xff\xff\xff'],
    ['of an unknown kind', '\x30\x05\x02\x01\x01\x7f\x00'],
  ])('an answer %s ends the connection', async (_kind, bytes) => {
    const server = createServer((socket) => socket.on('data', () => socket.write(Buffer.from(bytes, 'latin1'))));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const error = await attempt(fakeEndpoint([`ldap://127.0.0.1:${port}`]));
    expect(error).toBeInstanceOf(DirectoryUnavailable);
    expect(String(error)).not.toContain('silent');
    server.close();
  });
});
