import { DirectoryConnection } from '../../directory/connection.ts';
import { DirectoryReader } from '../../directory/reader.ts';

const ENDPOINT = { controllers: ['ldaps://dc1.example.com'], bind: { account: 'a', password: 'b' } } as const;

/** Fails to compile when the type has a member. */
type Absent<T, Names extends string> = Extract<keyof T, Names> extends never ? true : never;

const nothingThatWrites: Absent<
  DirectoryReader,
  | 'add'
  | 'modify'
  | 'modifyDN'
  | 'rename'
  | 'remove'
  | 'delete'
  | 'del'
  | 'reanimate'
  | 'changeLinks'
  | 'exop'
  | 'send'
  | 'use'
  | 'client'
  | 'connection'
  | 'session'
> = true;

// Shows: Connector / the client of a customer's forest has no method that writes (none)
test('a reader can do these things and nothing else', () => {
  expect(nothingThatWrites).toBe(true);
  expect(Reflect.ownKeys(new DirectoryReader(new DirectoryConnection(ENDPOINT)))).toEqual([]);
  const members: Record<keyof DirectoryReader, true> = {
    controller: true,
    rootDse: true,
    position: true,
    pages: true,
    read: true,
    accountSids: true,
    effectiveRights: true,
    accessList: true,
    ranges: true,
    dirSync: true,
    cookieFor: true,
    close: true,
  };
  const actual = Object.getOwnPropertyNames(DirectoryReader.prototype).filter((name) => name !== 'constructor');
  expect(actual.sort()).toEqual(Object.keys(members).sort());
});
