import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { programInput } from '../../activities/drivers/command-driver.ts';
import type { DirectoryEntry } from '../../directory/entries.ts';
import { listErrors } from '../../store/errors.ts';
import { provisionId } from '../../workflows/ids.ts';
import { retryUpdate } from '../../workflows/messages.ts';
import type { provisionObject } from '../../workflows/provision-object.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

/** Keeps each input, then does what the file `answer` says. */
const PROGRAM = `#!/bin/sh
cat >> "$1/inputs"
. "$1/answer"
`;

let product: Product;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'itasca-test-'));
  const program = join(folder, 'program');
  await writeFile(program, PROGRAM);
  await chmod(program, 0o755);
  product = await openProduct({
    program: { program, arguments: [folder], folder, variables: {}, timeLimitMs: 20_000, atOnce: 2 },
    change: (configuration) => ({ ...configuration, services: { ...configuration.services, driver: 'command' } }),
  });
});

afterAll(async () => {
  await product.dispose();
  await rm(folder, { recursive: true });
});

function answer(script: string): Promise<void> {
  return writeFile(join(folder, 'answer'), script);
}

/** What the program was told so far; forgotten with it. */
async function inputs(): Promise<ReturnType<typeof programInput.parse>[]> {
  const text = await readFile(join(folder, 'inputs'), 'utf8');
  await writeFile(join(folder, 'inputs'), '');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => programInput.parse(JSON.parse(line)));
}

async function askMailbox(name: string): Promise<void> {
  const alias = `${name}.${product.name}`;
  await product.source.add('user', name, mailUser(alias, { extensionAttribute9: ['MBX=50GB;Type=EP2D;REG=EU;'] }));
}

async function managed(name: string): Promise<DirectoryEntry> {
  const attributes = [
    'homeMDB',
    'msExchMailboxGuid',
    'msExchRecipientTypeDetails',
    'mDBUseDefaults',
    'legacyExchangeDN',
  ];
  const entry = (await product.managedObjects(attributes)).get(name);
  if (entry === undefined) throw new Error(`${name} was not found`);
  return entry;
}

async function workflowOf(name: string): Promise<string> {
  const [row] = await product.database.query<{ id: string }>('SELECT id FROM identity WHERE cn = $1', [name]);
  return provisionId(product.name, row?.id ?? '');
}

async function records(name: string): Promise<{ state: string; answer: string | null }[]> {
  return product.database.query(
    "SELECT p.state, p.answer FROM planned_change p JOIN identity i ON i.id = p.identity_id WHERE i.cn = $1 AND p.stage = 'services' ORDER BY p.id",
    [name],
  );
}

// Shows: Drivers / the command driver's input names the object by GUID and the managed DC, as JSON (samba)
test('the program is told what is wanted of which object at which controller, once its attributes are written', async () => {
  await answer('echo \'{"details":"updated"}\'');
  await askMailbox('Ann');
  expect(await product.cycle()).toMatchObject({ counts: { provisioned: 1, blocked: 0 } });
  const { guid, attributes } = await managed('Ann');
  const told = await inputs();
  expect(told).toMatchObject([
    {
      version: 1,
      action: 'provision',
      service: 'mail',
      recipient: 'linked',
      managedObject: guid,
      domainController: new URL(testStack().managed.url).hostname,
      wanted: { msExchRecipientTypeDetails: ['2'], msExchMailboxGuid: attributes['msExchMailboxGuid'] },
    },
  ]);
  expect(await records('Ann')).toEqual([{ state: 'confirmed', answer: null }]);
});

// Shows: Drivers / steps are idempotent (samba)
test('a service that is there as wanted is not done again', async () => {
  await product.database.query("UPDATE service SET state = 'wanted'");
  expect(await product.cycle('delta')).toMatchObject({ counts: { provisioned: 1 } });
  expect(await readFile(join(folder, 'inputs'), 'utf8')).toBe('');
});

// Shows: Drivers / exit code for retry (samba)
test('a program that asks for another try gets one, with the same input', async () => {
  await answer('test -e "$1/later" || { touch "$1/later"; echo \'{"details":"Bea is busy"}\'; exit 75; }');
  await askMailbox('Bea');
  expect(await product.cycle()).toMatchObject({ counts: { provisioned: 1, blocked: 0 } });
  const [first, second, ...others] = await inputs();
  expect(others).toEqual([]);
  expect(second).toEqual(first);
  expect(await records('Bea')).toEqual([{ state: 'confirmed', answer: null }]);
});

// Shows: Drivers / exit code for refuse, and compensation (samba)
test('a program that refuses has its object wait for a correction, and what was written is put back', async () => {
  await answer('echo \'{"details":"Cid has no licence"}\'; echo Cid >&2; exit 65');
  await askMailbox('Cid');
  expect(await product.cycle()).toMatchObject({ counts: { provisioned: 0, blocked: 1 } });
  const [told] = await inputs();
  expect(told?.wanted['homeMDB']).toHaveLength(1);
  const { attributes, links } = await managed('Cid');
  expect({ ...attributes, ...links }).toEqual({ name: ['Cid'] });
  expect(await records('Cid')).toEqual([{ state: 'failed', answer: 'Cid has no licence' }]);
  expect(await listErrors(product.database, product.forest, 10)).toMatchObject([
    { code: 'PE903', details: 'Cid has no licence' },
  ]);
});

test('once the cause is mended it is provisioned, with what was decided for life the first time', async () => {
  await answer('exit 0');
  const id = await workflowOf('Cid');
  const handle = product.temporal.workflow.getHandle<typeof provisionObject>(id);
  const [row] = await product.database.query<{ guid: string }>(
    "SELECT s.facts ->> 'mailboxGuid' AS guid FROM service s JOIN identity i ON i.id = s.identity_id WHERE i.cn = 'Cid'",
  );
  await handle.executeUpdate(retryUpdate);
  expect(await handle.result()).toMatchObject({ outcome: 'provisioned' });
  expect((await managed('Cid')).attributes['msExchMailboxGuid']).toEqual([row?.guid]);
  expect(await listErrors(product.database, product.forest, 10)).toEqual([]);
});

// Shows: Drivers / the values of the command driver's input are not logged (samba)
test('no history holds what the program was told or has answered', async () => {
  for (const name of ['Ann', 'Bea', 'Cid']) {
    const history = historyToJSON(await product.temporal.workflow.getHandle(await workflowOf(name)).fetchHistory());
    expect(history).toContain('provision');
    // The values are base64 in the history.
    const payloads = [...history.matchAll(/"data": ?"([^"]*)"/g)].map((match) => atob(match[1] ?? ''));
    const texts = [history, ...payloads].join('\n');
    for (const value of [name, 'licence', 'busy', 'S-1-5-21', 'legacyExchangeDN', '/o='])
      expect(texts).not.toContain(value);
  }
});

// Shows: Drivers / a step's result is confirmed by reading it (samba)
test('a program that says done does not make it so: the object is read', async () => {
  await answer(`exec "${process.execPath}" "$1/undo.mjs"`);
  await writeFile(join(folder, 'undo.mjs'), UNDO());
  await askMailbox('Dan');
  expect(await product.cycle()).toMatchObject({ counts: { provisioned: 0, blocked: 1 } });
  const [error] = await listErrors(product.database, product.forest, 10);
  expect(error).toMatchObject({
    code: 'PE901',
    details: 'written, but not shown when read again: msExchMailboxGuid',
  });
});

/** A program that takes msExchMailboxGuid away again from whatever user named Dan has one. */
function UNDO(): string {
  const { url, administrator, caFile } = testStack().managed;
  const modules = join(import.meta.dirname, '..', '..', 'node_modules', 'ldapts', 'dist', 'index.mjs');
  return `
import { readFileSync } from 'node:fs';
import { Client, Change, Attribute } from ${JSON.stringify(modules)};
const client = new Client({ url: ${JSON.stringify(url)}, tlsOptions: { ca: readFileSync(${JSON.stringify(caFile)}) } });
await client.bind(${JSON.stringify(administrator.account)}, ${JSON.stringify(administrator.password)});
const { searchEntries } = await client.search(${JSON.stringify(product.managedOu)}, { filter: '(name=Dan)', attributes: ['1.1'] });
await client.modify(searchEntries[0].dn, [new Change({ operation: 'replace', modification: new Attribute({ type: 'msExchMailboxGuid', values: [] }) })]);
await client.unbind();
`;
}
