import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fingerprint } from '../../activities/operator-signature.ts';
import { approveUpdate } from '../../workflows/messages.ts';
import { startCycle, waitingList } from '../support/approval.ts';
import {
  itasca,
  itascaJson,
  run,
  runAsProcess,
  runAtTerminal,
  variablesFor,
  type CommandResult,
} from '../support/command.ts';
import { recordHistory } from '../support/histories.ts';
import { keyFile, listed, signer, type Signer } from '../support/operators.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

let product: Product;
let folder: string;
let reading: string;
const ann = signer('ann');
const ben = signer('ben');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'itasca-operators-'));
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      guard: { ...configuration.guard, firstPlan: 'approve' },
      reconnection: { ...configuration.reconnection, approvals: 2 },
      operators: { list: [...listed(ann, ben)], unsigned: 'count', second: ['changes'] },
    }),
  });
  reading = await readingRole();
});

afterAll(async () => {
  const role = new URL(reading).username;
  await product.database.query(`DROP OWNED BY ${role}`);
  await product.database.query(`DROP ROLE ${role}`);
  await product.dispose();
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the command as an operator who has a key file, and who may only read the database. */
async function as({ name }: Signer, key: Signer, ...words: readonly string[]): Promise<CommandResult> {
  const file = await keyFile(folder, { ...key, name: `${name}-with-${key.name}` });
  const variables = { ...variablesFor(product), DATABASE_URL: reading, ITASCA_OPERATOR: name };
  return run({ ...variables, ITASCA_OPERATOR_KEY_FILE: file }, words);
}

/** A role as docs/approvals.md makes it. @returns the URL with which it reads */
async function readingRole(): Promise<string> {
  const role = `reader_${product.schema}`;
  const password = randomUUID();
  for (const statement of [
    `CREATE ROLE ${role} LOGIN PASSWORD '${password}'`,
    `GRANT USAGE ON SCHEMA ${product.schema} TO ${role}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA ${product.schema} TO ${role}`,
  ])
    await product.database.query(statement);
  const url = new URL(testStack().databaseUrl);
  url.username = role;
  url.password = password;
  return url.href;
}

// Shows: Command / operators with keys: two of them approve a list, signed; wrong keys, the same one twice and the UI as the second are refused (samba)
test('a list is written when two operators have signed it, and only then', async () => {
  const person = `ada.${product.name}@contoso.test`;
  await product.source.add('user', 'Ada', mailUser(`ada.${product.name}`));
  const cycle = await startCycle(product, 'full');
  const { hash } = await waitingList(cycle);
  const { list } = JSON.parse((await itasca(product, 'changes', '--json')).out) as { list: { run: string } };
  const approve = ['approve', list.run, '--hash', hash] as const;
  expect(await as(ann, ben, ...approve)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^Refused: the signature is not ann's for this/) as string,
  });
  expect(await as(ann, ann, 'approve', list.run, '--hash', '0123456789abcdef')).toMatchObject({
    code: 1,
    err: `The list that waits is not 0123456789abcdef: it has changed. Look at it again: itasca changes ${list.run}\n`,
  });
  expect(await as(ann, ann, ...approve)).toMatchObject({
    code: 2,
    out: 'Recorded: approved by ann. Another operator has to approve it, too, with a signature.\n',
  });
  expect(await as(ann, ann, ...approve)).toMatchObject({
    code: 1,
    err: 'Refused: ann has approved it already; another operator has to approve it, too.\n',
  });
  // As the Temporal UI sends it.
  await expect(cycle.executeUpdate(approveUpdate, { args: [{ operator: 'ben', hash }] })).rejects.toMatchObject({
    cause: { message: expect.stringContaining('never counts as the second one') as string },
  });
  for (const command of ['changes', 'status']) {
    const looked = await itasca(product, command);
    expect(looked.code).toBe(2);
    expect(looked.out).toContain(`signature verified, key ${fingerprint(ann.publicKey)}`);
  }
  expect(await product.managedObjects([])).toEqual(new Map());
  const second = await as(ben, ben, ...approve, '--json');
  expect(second.code).toBe(0);
  expect(JSON.parse(second.out)).toMatchObject({ operator: 'ben', signed: true, waits: false });
  expect(await cycle.result()).toMatchObject({ outcome: 'completed', counts: { written: 1 } });
  const explained = await itasca(product, 'object', 'explain', person, '--json');
  const { timeline } = JSON.parse(explained.out) as { timeline: readonly { what: string; details: string }[] };
  expect(timeline.filter(({ what }) => what === 'operator').map(({ details }) => details)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/ by ann at .* \(signature verified, key SHA256:/),
      expect.stringMatching(/ by ben at .* \(signature verified, key SHA256:/),
      `ann and ben approved the list ${hash} of cycle ${list.run}`,
    ]),
  );
  await recordHistory(product.temporal, cycle.workflowId, 'sync-cycle-two-operators');
});

// Shows: Command / a case is approved by two operators who sign the pair; an unnamed answer is never the second (samba)
test('a new account gets the services of another when two operators have signed that', async () => {
  const guid = await product.source.add('user', 'Ada again', mailUser(`ada.${product.name}`));
  await product.cycle('delta');
  expect(await as(ann, ben, 'cases', 'approve', guid)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^Refused: the signature is not ann's for this/) as string,
  });
  expect(await as(ann, ann, 'cases', 'approve', guid)).toMatchObject({
    code: 2,
    out: 'Recorded. Another operator has to approve it, too.\n',
  });
  expect(await itasca(product, 'cases', 'approve', guid)).toMatchObject({
    code: 1,
    err: expect.stringContaining('never counts as the second one') as string,
  });
  expect((await itasca(product, 'cases', 'show', guid)).out).toContain(
    `signature verified, key ${fingerprint(ann.publicKey)}`,
  );
  const second = await as(ben, ben, 'cases', 'approve', guid, '--json');
  expect(second.code).toBe(0);
  expect(JSON.parse(second.out)).toMatchObject({ operator: 'ben', signed: true, waits: false });
});

// Shows: Command / operators list, new-key and show-key; a key is never overwritten, and one that others can read is refused (none)
test('keys are made and shown', async () => {
  const shown = await itasca(product, 'operators');
  expect(shown).toMatchObject({ code: 0, err: '' });
  for (const one of [ann, ben]) expect(shown.out).toContain(fingerprint(one.publicKey));
  expect(await itascaJson(product, 'operators')).toMatchObject({
    code: 0,
    value: { operators: [{ name: 'ann' }, { name: 'ben' }] },
  });
  const file = join(folder, 'new.pem');
  const words = ['operators', 'new-key', file, '--operator', 'cem'];
  // In a process of its own there is no terminal to ask for a passphrase on.
  expect(await runAsProcess(variablesFor(product), words)).toMatchObject({
    code: 1,
    err: 'The passphrase is asked on a terminal, and there is none. --no-passphrase goes without.\n',
  });
  const encrypted = join(folder, 'encrypted.pem');
  const asked = ['operators', 'new-key', encrypted, '--operator', 'cem'];
  const typed = await runAtTerminal(variablesFor(product), ['correct horse', 'correct horse'], asked);
  expect(typed).toMatchObject({ code: 0, out: expect.stringContaining('Passphrase of the new key: ') as string });
  expect(typed.out).not.toContain('correct horse');
  expect(await readFile(encrypted, 'utf8')).toContain('BEGIN ENCRYPTED PRIVATE KEY');
  // Ctrl+C.
  const showing = ['operators', 'show-key', '--key', encrypted];
  expect(await runAtTerminal(variablesFor(product), ['\u0003'], showing)).toMatchObject({
    code: 1,
    out: expect.stringContaining('Nothing was answered: nothing is done.') as string,
  });
  const plain = ['--operator', 'cem', '--no-passphrase'];
  const made = await itascaJson(product, 'operators', 'new-key', file, ...plain);
  const { publicKey } = made.value as { publicKey: string };
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await itasca(product, 'operators', 'new-key', file, ...plain)).toMatchObject({
    code: 1,
    err: `${file} is there already, and is never overwritten.\n`,
  });
  const again = await itasca(product, 'operators', 'show-key', '--key', file, '--operator', 'cem');
  expect(again.out).toContain(`    - name: "cem"\n      publicKey: ${publicKey}\n`);
  expect(await itascaJson(product, 'operators', 'show-key', '--key', file, '--operator', 'cem')).toMatchObject({
    code: 0,
    value: { operator: 'cem', publicKey },
  });
});
