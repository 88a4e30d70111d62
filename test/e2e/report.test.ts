import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Configuration } from '../../rules/configuration.ts';
import { errorCatalogue } from '../../rules/error-catalogue.ts';
import { dayBefore, dayOf } from '../../activities/report/subject.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import type { KeptReport } from '../../store/reports.ts';
import { applyReportSchedule, removeReportSchedule } from '../../worker/report-schedule.ts';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { reportId, reportScheduleId } from '../../workflows/ids.ts';
import type { syncReport } from '../../workflows/sync-report.ts';
import { itasca, itascaJson } from '../support/command.ts';
import { recordHistory } from '../support/histories.ts';
import { attachmentOf, openMailServer, type TakenMail, type TestMailServer } from '../support/mail-server.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { unzipped } from '../../scripts/browser/unzipped.ts';

const HOSTILE = '<script>alert(1)</script> =HYPERLINK("http://evil.example","x")';

let product: Product;
let mail: TestMailServer;
let out: string;
let folder: string;
let refused: readonly string[] = [];

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'itasca-out-'));
  folder = await mkdtemp(join(tmpdir(), 'itasca-reports-'));
  mail = await openMailServer({
    onRcptTo: ({ address }, _session, done) => {
      if (refused.includes(address)) done(Object.assign(new Error(`no ${address} here`), { responseCode: 550 }));
      else done();
    },
  });
  product = await openProduct({
    mail: {
      host: mail.host,
      port: mail.port,
      security: 'starttls',
      caFile: mail.caFile,
      serverName: 'localhost',
      from: 'itasca@fabrikam.test',
    },
    change: (configuration) => ({
      ...configuration,
      reports: {
        ...configuration.reports,
        when: 'on demand',
        folder,
        to: ['directory@contoso.test', 'operator@fabrikam.test'],
      },
    }),
  });
  await product.source.add('user', 'ada', mailUser(`ada.${product.name}`, {}));
  // Two that want the same address, and one of them with a name that would like to do something.
  await product.source.add('user', 'eve', {
    ...mailUser(`eve.${product.name}`, {}),
    displayName: [HOSTILE],
    proxyAddresses: [`smtp:both.${product.name}@contoso.test`],
  });
  await product.source.add('user', 'fay', {
    ...mailUser(`fay.${product.name}`, {}),
    proxyAddresses: [`smtp:both.${product.name}@contoso.test`],
  });
  await product.cycle();
});

afterAll(() => product.dispose());
afterAll(() => mail.close());
afterAll(() => Promise.all([out, folder].map((path) => rm(path, { recursive: true }))));

// Shows: Reports / itasca report: now, written to a folder, with text and --json (samba)
test('a report of how it stands now is written out, with what would do something made harmless', async () => {
  const shown = await itasca(product, 'report', '--out', out);
  expect(shown).toMatchObject({ code: 0, err: '' });
  expect(shown.out).toContain('objects in error');
  const { code, value } = await itascaJson(product, 'report', '--out', out);
  const { file, totals } = value as KeptReport & { readonly file: string };
  expect({ code, users: totals.users }).toEqual({ code: 0, users: 2 });
  expect((await stat(file)).mode & 0o077).toBe(0);
  const files = unzipped(await readFile(file));
  expect([...files.keys()].sort()).toEqual([
    'cases.csv',
    'cycles.csv',
    'endings.csv',
    'errors.csv',
    'remedies.html',
    'report.html',
    'trend.csv',
  ]);
  const page = files.get('report.html') ?? '';
  // Both objects of a conflict are named, with what to do about it.
  for (const text of ['SE303', errorCatalogue.SE303.title, product.source.dn('eve'), product.source.dn('fay')])
    expect(page).toContain(text);
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(page).not.toContain('<script');
});

/** What the mail server has got since the last look, by recipient. */
function taken(): ReadonlyMap<string, TakenMail> {
  return new Map(mail.taken.splice(0).map((one) => [one.to.join(), one]));
}

// Shows: Reports / delivered to a folder and by SMTP, only to the configured recipients, once (smtp)
test('a report is delivered to the folder and to each recipient by a mail of their own, once', async () => {
  const run = (await product.cycle('delta')).run ?? '';
  const { code, value } = await itascaJson(product, 'report', '--cycle', run, '--out', out, '--deliver');
  expect(code).toBe(0);
  const { file, fileName } = value as KeptReport & { readonly file: string };
  const content = await readFile(file);
  expect(unzipped(content).get('cycles.csv')).toContain(`"${run}","corp","delta"`);
  expect(await readdir(folder)).toEqual([fileName]);
  expect(await readFile(join(folder, fileName))).toEqual(content);
  const mails = taken();
  expect([...mails.keys()].sort()).toEqual(['directory@contoso.test', 'operator@fabrikam.test']);
  for (const one of mails.values()) {
    expect(attachmentOf(one, fileName)).toEqual(content);
    // What goes before the attachment names nobody.
    expect(one.raw.slice(0, one.raw.indexOf('application/zip'))).not.toMatch(/\bada\b/i);
  }
  // Again: it is written out, and nobody gets it twice.
  expect(await itasca(product, 'report', '--cycle', run, '--out', out, '--deliver')).toMatchObject({ code: 0 });
  expect([...taken().keys()]).toEqual([]);
  expect(await readdir(folder)).toEqual([fileName]);
});

// Shows: Reports / a recipient that is refused stops no other; delivered again when it is mended (smtp)
test('a recipient that is refused stops no other, and gets it when that is mended', async () => {
  const run = (await product.cycle('delta')).run ?? '';
  refused = ['directory@contoso.test'];
  const failed = await itascaJson(product, 'report', '--cycle', run, '--out', out, '--deliver');
  expect(failed.code).toBe(1);
  expect(JSON.stringify(failed.value)).toContain('refuses a mail (550');
  expect([...taken().keys()]).toEqual(['operator@fabrikam.test']);
  const workflow = await started(`report/${product.name}/cycle-${run}`);
  const history = historyToJSON(await product.temporal.workflow.getHandle(workflow.workflowId).fetchHistory());
  const payloads = [...history.matchAll(/"data": *"([^"]+)"/g)].map(([, data = '']) =>
    Buffer.from(data, 'base64').toString(),
  );
  for (const text of [history, ...payloads]) expect(text).not.toContain('contoso.test');
  await recordHistory(product.temporal, workflow.workflowId, 'sync-report-undelivered');
  refused = [];
  expect(await itasca(product, 'report', '--cycle', run, '--out', out, '--deliver')).toMatchObject({ code: 0 });
  expect([...taken().keys()]).toEqual(['directory@contoso.test']);
  expect((await itascaJson(product, 'report', 'list')).value).toMatchObject({ customer: product.name });
  const listed = await itasca(product, 'report', 'list');
  expect(listed).toMatchObject({ code: 0, err: '' });
  expect(listed.out).toMatch(new RegExp(`run/${run} .*3 of 3`));
});

// Shows: Reports / once a day by a Schedule that config apply makes, changes and takes away (samba)
test('a Schedule makes the daily report, about the day before, as the configuration says', async () => {
  const { temporal, configuration, taskQueue, name } = product;
  const { reports } = configuration;
  const withReports = (more: Partial<Configuration['reports']>): Configuration => ({
    ...configuration,
    reports: { ...reports, when: 'daily', at: '06:30', to: [], ...more },
  });
  const handle = temporal.schedule.getHandle(reportScheduleId(name));
  try {
    expect(await applyReportSchedule(temporal, withReports({}), taskQueue)).toBe(true);
    expect((await handle.describe()).spec).toMatchObject({
      calendars: [{ hour: [{ start: 6 }], minute: [{ start: 30 }] }],
    });
    expect(await applyReportSchedule(temporal, withReports({ timeZone: 'Europe/Berlin' }), taskQueue)).toBe(true);
    expect((await handle.describe()).spec.timezone).toBe('Europe/Berlin');
    const day = (): string => dayBefore(dayOf(new Date(), reports.timeZone));
    const days = [day()];
    await handle.trigger();
    const { workflowId } = await started(`report/${name}-`);
    const { fileName } = await temporal.workflow.getHandle<typeof syncReport>(workflowId).result();
    days.push(day());
    expect(days.map((one) => `itasca-report-${name}-${one}.zip`)).toContain(fileName);
    expect(await readdir(folder)).toContain(fileName);
    // Asked for by hand it is the same one.
    const [made] = days.filter((one) => fileName.includes(one));
    expect((await itascaJson(product, 'report', '--day', made ?? '', '--out', out)).value).toMatchObject({ fileName });
    expect(await applyReportSchedule(temporal, withReports({ when: 'on demand' }), taskQueue)).toBe(false);
    await expect(handle.describe()).rejects.toThrow();
  } finally {
    await removeReportSchedule(temporal, name);
    taken();
  }
});

// Shows: Reports / after each cycle, where that is configured (samba)
test('a report is made after each cycle, where that is configured', async () => {
  const { database, configuration, name } = product;
  await applyConfiguration(database, {
    ...configuration,
    reports: { ...configuration.reports, when: 'after each cycle', to: ['directory@contoso.test'] },
  });
  try {
    const run = (await product.cycle('delta')).run ?? '';
    const handle = product.temporal.workflow.getHandle<typeof syncReport>(reportId(name, `cycle-${run}`));
    expect(await handle.result()).toMatchObject({ delivered: 2 });
    expect([...taken().keys()]).toEqual(['directory@contoso.test']);
    await recordHistory(product.temporal, handle.workflowId, 'sync-report-delivered');
  } finally {
    await applyConfiguration(database, configuration);
  }
});

// Shows: Reports / a wrong day, cycle, customer or folder is one clear message (samba)
test('what can not be reported about is said in one sentence', async () => {
  const today = dayOf(new Date(), 'UTC');
  for (const [words, message] of [
    [['--day', today.replace(/^\d{4}/, '9999')], 'is not over yet'],
    [['--day', '2026-02-30'], '"2026-02-30" is no day'],
    [['--day', '2026-01-01', '--cycle', '1'], 'Say either --day or --cycle'],
    [['--cycle', '999999'], `${product.name} has no cycle 999999`],
    [['--cycle', 'cycle/contoso'], 'has no cycle cycle/contoso'],
    [['--customer', 'fabrikam'], 'There is no customer "fabrikam"'],
    [['--out', join(out, 'nowhere')], 'There is no folder'],
  ] as const) {
    const { code, err } = await itasca(product, 'report', ...words);
    expect(err).toContain(message);
    expect({ code, lines: err.trimEnd().split('\n').length }).toEqual({ code: 1, lines: 1 });
  }
});

/** Waits until a workflow whose id begins so has been started. */
async function started(prefix: string): Promise<{ readonly workflowId: string }> {
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    const [first] = await workflows(prefix);
    if (first !== undefined) return first;
    await sleep(100);
  }
  throw new Error(`no workflow ${prefix}`);
}

async function workflows(prefix: string): Promise<readonly { readonly workflowId: string }[]> {
  const found: { workflowId: string }[] = [];
  for await (const { workflowId } of product.temporal.workflow.list({
    query: `WorkflowId STARTS_WITH "${prefix}"`,
  }))
    found.push({ workflowId });
  return found;
}
