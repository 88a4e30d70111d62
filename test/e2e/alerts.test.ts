import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { alertId } from '../../workflows/ids.ts';
import { itasca, itascaJson } from '../support/command.ts';
import { done } from '../support/directory-sandbox.ts';
import { recordHistory } from '../support/histories.ts';
import { openMailServer, type TestMailServer } from '../support/mail-server.ts';
import { mailUser } from '../support/people.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { openProduct, type Product } from '../support/product.ts';

interface Called {
  readonly id: string;
  readonly key: string;
  readonly subject: string;
}

let product: Product;
let mail: TestMailServer;
let server: Server;
let folder: string;
let status = 200;
const calls: Called[] = [];
const people = ['Ada', 'Ben', 'Cem'] as const;

beforeAll(async () => {
  mail = await openMailServer();
  server = createServer((request, response) => {
    void text(request).then((body) => {
      calls.push(JSON.parse(body) as Called);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  folder = await mkdtemp(join(tmpdir(), 'itasca-alerts-'));
  const pager = join(folder, 'pager.sh');
  await writeFile(pager, `#!/bin/sh\ncat >> ${folder}/paged\necho >> ${folder}/paged\n`);
  await chmod(pager, 0o700);
  const limits = { folder, arguments: [], variables: {}, timeLimitMs: 20_000, atOnce: 1 };
  product = await openProduct({
    mail: {
      host: 'localhost',
      port: mail.port,
      security: 'starttls',
      caFile: mail.caFile,
      from: 'itasca@fabrikam.test',
    },
    alerts: {
      program: { ...limits, program: pager },
      webhook: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook`,
    },
    change: (configuration) => ({
      ...configuration,
      guard: { ...configuration.guard, attributes: { title: { changed: { count: 1, percent: 100, few: 1 } } } },
      alerts: { ...configuration.alerts, to: ['ops@fabrikam.test'], program: true, webhook: true },
    }),
  });
  for (const name of people)
    await product.source.add('user', name, mailUser(`${name}.${product.name}`.toLowerCase(), { title: ['Engineer'] }));
});

afterAll(async () => {
  await product.dispose();
  await mail.close();
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true });
});

async function paged(): Promise<readonly Called[]> {
  const lines = await readFile(join(folder, 'paged'), 'utf8').catch(() => '');
  return lines.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Called]));
}

/** Waits until the workflow of the alerts has nothing more to do. */
async function quiet(): Promise<void> {
  await product.temporal.workflow.getHandle(alertId(product.name)).result();
}

async function titles(value: string): Promise<void> {
  for (const name of people)
    await done(
      product.source.writer.modify({ dn: product.source.dn(name) }, [
        { operation: 'replace', attribute: 'title', values: [value] },
      ]),
    );
}

// Shows: Alerts / a list that waits is told at once by mail, program and webhook, each once; the approval ends it (smtp)
test('a guard that sets changes aside is told once by each way, until it is answered', async () => {
  await product.cycle();
  await titles('Director');
  const waiting = await itasca(product, 'sync');
  expect(waiting.code).toBe(2);
  await quiet();
  await recordHistory(product.temporal, alertId(product.name), 'watch-alerts-told');
  expect(mail.taken.map(({ to }) => to)).toEqual([['ops@fabrikam.test']]);
  expect(mail.taken[0]?.raw).toContain(`Subject: Itasca: ${product.name}/corp: 3 changes wait for an answer`);
  expect(mail.taken[0]?.raw).not.toMatch(/\bada\b|director/i);
  expect(calls).toMatchObject([{ key: expect.stringMatching(/^list\//) as string }]);
  expect(await paged()).toMatchObject([{ subject: calls[0]?.subject }]);
  // The next cycle looks, too, and the list is the same.
  await product.cycle('delta');
  await quiet();
  expect([mail.taken.length, calls.length, (await paged()).length]).toEqual([1, 1, 1]);
  const open = await itascaJson(product, 'alerts');
  expect(open).toMatchObject({ code: 2, value: { alerts: [{ kind: 'approval', endedAt: null }] } });
  expect((await itasca(product, 'alerts')).out).toMatch(/mail ops@fabrikam.test: told/);

  const { value } = await itascaJson(product, 'changes');
  const { list } = value as {
    readonly list: { readonly run: string; readonly hash: string; readonly workflowId: string };
  };
  expect(await itascaJson(product, 'approve', list.run, '--hash', list.hash)).toMatchObject({
    code: 0,
    value: { answer: 'approve', signed: false, waits: false },
  });
  await product.temporal.workflow.getHandle(list.workflowId).result();
  await quiet();
  expect(await itascaJson(product, 'alerts')).toMatchObject({ code: 0, value: { alerts: [] } });
  expect([mail.taken.length, calls.length, (await paged()).length]).toEqual([1, 1, 1]);
});

// Shows: Alerts / alerts test tells a trial by each way and says which was not reached, and why; a webhook that refuses is given up (smtp)
test('a trial goes by each way, and says what is wrong', async () => {
  const before = mail.taken.length;
  const trial = await itasca(product, 'alerts', 'test');
  expect(trial).toMatchObject({ code: 0, err: '' });
  expect(trial.out).toMatch(/webhook.*told/);
  expect(mail.taken).toHaveLength(before + 1);
  status = 404;
  const refused = await itascaJson(product, 'alerts', 'test');
  status = 200;
  expect(refused).toMatchObject({ code: 1, value: { told: 2, refused: 1 } });
  expect(JSON.stringify(refused.value)).toContain('answers 404: it does not take this');
  expect((await itasca(product, 'alerts', '--customer', 'nobody')).err).toContain('There is no customer "nobody"');
});

/** Has the forest be read by the password in a file. */
async function readBy(passwordFile: string): Promise<void> {
  const { configuration, database } = product;
  const forests = configuration.forests.map((forest) => ({ ...forest, passwordFile }));
  await applyConfiguration(database, { ...configuration, forests });
}

async function openKeys(): Promise<readonly string[]> {
  await quiet();
  const { value } = await itascaJson(product, 'alerts');
  return (value as { readonly alerts: readonly Called[] }).alerts.map(({ key }) => key);
}

// Shows: Alerts / a cycle that fails by a missing password file, and an account that is refused, are told at once; the next good cycle ends it (samba)
test('an account that can no longer read is told at once, and over when it can', async () => {
  const before = mail.taken.length;
  const wrong = join(folder, 'wrong');
  await readBy(wrong);
  await expect(product.cycle('delta')).rejects.toThrow();
  expect(await openKeys()).toEqual(['failed/corp']);
  expect(mail.taken).toHaveLength(before + 1);
  expect(mail.taken.at(-1)?.raw).toContain('SecretUnreadable');

  await writeFile(wrong, 'not the password', { mode: 0o600 });
  await readBy(wrong);
  await expect(product.cycle('delta')).rejects.toThrow();
  expect(await openKeys()).toEqual([expect.stringMatching(/^domain\/corp\//)]);
  expect(mail.taken).toHaveLength(before + 2);
  expect(mail.taken.at(-1)?.raw).toContain('no log-on as svc-itasca-read');

  await applyConfiguration(product.database, product.configuration);
  await product.cycle('delta');
  expect(await openKeys()).toEqual([]);
  expect(mail.taken).toHaveLength(before + 2);
});

test('where alerts go nowhere the command does not say that all is well', async () => {
  const { configuration, database, name } = product;
  const alerts = { ...configuration.alerts, to: [], program: false, webhook: false };
  await applyConfiguration(database, { ...configuration, alerts });
  expect((await itasca(product, 'alerts')).out).toContain(`The alerts of ${name} go nowhere`);
  expect(await itascaJson(product, 'alerts')).toMatchObject({ code: 0, value: { alerts: [], silent: [name] } });
});
