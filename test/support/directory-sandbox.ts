import { randomBytes } from 'node:crypto';

import type { DirectoryEndpoint } from '../../directory/endpoint.ts';
import type { DirectoryEntry } from '../../directory/entries.ts';
import { present } from '../../directory/filter.ts';
import type { DirectoryReader } from '../../directory/reader.ts';
import { type DirectoryWriter, openWriter } from '../../directory/writer.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import { childDn } from '../../rules/dn.ts';
import type { ForestCoordinates } from '../../scripts/stack/forest.ts';
import { testStack } from './stack.ts';

/** An OU of its own in one of the test forests, with administrator's rights. */
export interface Sandbox {
  readonly endpoint: DirectoryEndpoint;
  readonly namingContext: string;
  readonly ou: string;
  readonly writer: DirectoryWriter;
  readonly reader: DirectoryReader;
  /** Adds an object of this name to the OU and gives its GUID; a user gets a sAMAccountName. */
  add(
    objectClass: 'user' | 'contact' | 'group' | 'organizationalUnit',
    name: string,
    more?: AttributeImage,
  ): Promise<string>;
  /** The DN of a child of the OU. */
  dn(name: string): string;
  /** Removes the OU with all that is in it, and closes the connection. */
  dispose(): Promise<void>;
}

/** A forest of the suite, or one that a test file has started itself. */
export type TestForest = 'customer' | 'managed' | ForestCoordinates;

export function endpointOf(forest: TestForest, account: 'administrator' | 'service'): DirectoryEndpoint {
  const side = coordinatesOf(forest);
  return { controllers: [side.url], tls: { caFile: side.caFile }, bind: side[account] };
}

function coordinatesOf(forest: TestForest): ForestCoordinates {
  return typeof forest === 'string' ? testStack()[forest] : forest;
}

export async function openSandbox(forest: TestForest): Promise<Sandbox> {
  const endpoint = endpointOf(forest, 'administrator');
  const { namingContext } = coordinatesOf(forest);
  const writer = openWriter(endpoint);
  const ou = `OU=sandbox-${randomBytes(6).toString('hex')},${namingContext}`;
  await done(writer.add(ou, { objectClass: ['organizationalUnit'] }));
  const dn = (name: string, rdnAttribute = 'CN'): string => childDn(rdnAttribute, name, ou) ?? '';
  return {
    endpoint,
    namingContext,
    ou,
    writer,
    reader: writer.reader,
    dn,
    add: async (objectClass, name, more = {}) => {
      const at = dn(name, objectClass === 'organizationalUnit' ? 'OU' : 'CN');
      const isPrincipal = objectClass === 'user' || objectClass === 'group';
      const sam: AttributeImage = isPrincipal ? { sAMAccountName: [`s-${randomBytes(6).toString('hex')}`] } : {};
      await done(writer.add(at, { objectClass: [objectClass], ...sam, ...more }));
      return (await found(writer.reader.read({ dn: at }, []))).guid;
    },
    dispose: async () => {
      const below: string[] = [];
      const query = { base: ou, scope: 'sub', filter: present('objectClass'), attributes: [], pageSize: 1000 } as const;
      for await (const page of writer.reader.pages(query)) below.push(...page.map((entry) => entry.dn));
      // Children before their containers: a container's DN is a suffix of its children's.
      for (const child of below.sort((one, other) => other.length - one.length)) await writer.remove({ dn: child });
      await writer.close();
    },
  };
}

/** Fails the test, with the server's words, when a write was refused. */
export async function done(write: Promise<unknown>): Promise<void> {
  expect(await write).toEqual({ ok: true });
}

/** Fails the test when nothing was found. */
export async function found(read: Promise<DirectoryEntry | null>): Promise<DirectoryEntry> {
  const entry = await read;
  if (entry === null) throw new Error('the object was not found');
  return entry;
}
