import { readFileSync } from 'node:fs';
import { Attribute, Change, Client, ResultCodeError } from 'ldapts';
import type { Control, Entry } from 'ldapts';
import type { ForestCoordinates } from '../../scripts/stack/forest.ts';

/** A bare LDAP connection as one of the forest's accounts: it can try what our own clients refuse to. */
export async function bindAs(forest: ForestCoordinates, as: 'administrator' | 'service'): Promise<Client> {
  const client = new Client({ url: forest.url, tlsOptions: { ca: [readFileSync(forest.caFile)] } });
  await client.bind(forest[as].account, forest[as].password);
  return client;
}

/** The LDAP result code of an operation, 0 when it was done. */
export async function resultCode(operation: Promise<unknown>): Promise<number> {
  try {
    await operation;
    return 0;
  } catch (error) {
    if (error instanceof ResultCodeError) return error.code;
    throw error;
  }
}

export function change(operation: 'add' | 'delete' | 'replace', type: string, values: (string | Buffer)[]): Change {
  const modification = values.every((value) => typeof value === 'string')
    ? new Attribute({ type, values })
    : new Attribute({ type, values: values.map((value) => Buffer.from(value)) });
  return new Change({ operation, modification });
}

/** A password as unicodePwd takes it ([MS-ADTS] 3.1.1.3.1.5). */
export function quoted(password: string): Buffer {
  return Buffer.from(`"${password}"`, 'utf16le');
}

export async function readEntry(
  client: Client,
  dn: string,
  attributes: string[] = [],
  control?: Control,
): Promise<Entry> {
  const { searchEntries } = await client.search(dn, { scope: 'base', attributes }, control);
  const [entry] = searchEntries;
  if (entry === undefined) throw new Error(`${dn} cannot be read`);
  return entry;
}

/** Every object below a base, deleted ones too when the control shows them. */
export async function readAll(client: Client, base: string, attributes: string[], control: Control): Promise<Entry[]> {
  const options = {
    scope: 'sub',
    filter: '(objectClass=*)',
    attributes,
    paged: { pageSize: 500 },
    timeLimit: 0,
  } as const;
  return (await client.search(base, options, control)).searchEntries;
}
