import { DirectoryUnavailable } from '../../directory/errors.ts';
import { fakeServers, thrownBy, writingFake } from '../support/fake-directory.ts';

const servers = fakeServers();
const dn = (index: number): string => `CN=u${index},DC=fake,DC=test`;

describe('fake LDAP server: trouble of the server and of one object', () => {
  test.each([
    [3, 'timeLimitExceeded'],
    [11, 'adminLimitExceeded'],
    [51, 'busy'],
    [52, 'unavailable'],
  ])('%i (%s) is thrown, for a write too', async (code) => {
    const server = await servers.start({ search: () => ({ code }), write: () => ({ code, message: 'try later' }) });
    await writingFake(server, async (writer) => {
      expect(await thrownBy(() => writer.reader.read({ dn: dn(1) }, []))).toBeInstanceOf(DirectoryUnavailable);
      const error = await thrownBy(() => writer.remove({ dn: dn(1) }));
      expect(error).toBeInstanceOf(DirectoryUnavailable);
      expect(error.message).toContain(`${server.url}: the server could not finish deleting ${dn(1)}`);
    });
  });

  test.each([
    [16, 'noSuchAttribute'],
    [19, 'constraint'],
    [20, 'exists'],
    [21, 'badValue'],
    [32, 'absent'],
    [34, 'badName'],
    [50, 'refused'],
    [53, 'unwilling'],
    [64, 'badName'],
    [65, 'objectClass'],
    [66, 'notEmpty'],
    [68, 'exists'],
    [80, 'other'],
  ])('%i is an outcome of the one object: %s', async (code, reason) => {
    const server = await servers.start({ write: () => ({ code, message: '0000202F: a reason\0' }) });
    await writingFake(server, async (writer) => {
      expect(await writer.add(dn(1), { objectClass: ['user'] })).toEqual({
        ok: false,
        code,
        reason,
        message: '0000202F: a reason',
      });
    });
  });

  test('a write whose answer never came is thrown: it may have been done', async () => {
    const server = await servers.start({ write: () => ({ code: 'drop' }) });
    await writingFake(server, async (writer) => {
      expect(await thrownBy(() => writer.add(dn(1), { objectClass: ['user'] }))).toBeInstanceOf(DirectoryUnavailable);
    });
  });

  test('a value that does not fit never reaches the server', async () => {
    const server = await servers.start({ write: () => ({ code: 80 }) });
    await writingFake(server, async (writer) => {
      expect(await writer.add(dn(1), { userAccountControl: ['many'] })).toMatchObject({ code: 21, reason: 'badValue' });
      expect(
        await writer.modify({ dn: dn(1) }, [{ operation: 'replace', attribute: 'shoeSize', values: ['44'] }]),
      ).toMatchObject({ code: 17, reason: 'noSuchAttribute' });
    });
  });
});
