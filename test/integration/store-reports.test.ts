import { makeReportOf } from '../../activities/report/make-report.ts';
import { sendMail } from '../../activities/send-mail.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { reportTrend } from '../../store/report-facts.ts';
import { keepReport, makeDelivery, openDeliveries, reportContent } from '../../store/reports.ts';
import { recordCounts } from '../../store/runs.ts';
import { openMailServer } from '../support/mail-server.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';
import { guid, staged, useStore, type CustomerStore } from '../support/store.ts';
import { unzipped } from '../../scripts/browser/unzipped.ts';

const store = useStore();

async function filesOf(customer: string, deliver = false): Promise<ReadonlyMap<string, string>> {
  const { report } = await makeReportOf(
    store.database,
    { customer, about: { kind: 'now' }, deliver },
    new Date(),
    customer,
  );
  const content = await reportContent(store.database, report);
  if (content === null) throw new Error('no content');
  return unzipped(content);
}

async function blame(one: CustomerStore, number: number, other: CustomerStore, otherNumber: number): Promise<void> {
  await store.database.query(
    `INSERT INTO object_error (forest_id, guid, code, attribute, details, other_forest, other_guid, finder) VALUES ($1, $2, 'SE303', 'proxyAddresses', 'taken', $3, $4, 'claim')`,
    [one.forest, guid(number), other.forest, guid(otherNumber)],
  );
}

// Shows: Reports / a customer's report names no object of another customer (postgresql)
test('a report names both objects of a conflict, and none of another customer', async () => {
  const [mine, theirs] = [await store.customer(), await store.customer()];
  const names = { displayName: 'Ada Own' };
  await mine.stage(
    await mine.run(),
    staged(1, 'user', names),
    staged(2, 'user', { displayName: 'Ben Own' }),
    staged(3),
  );
  await theirs.stage(await theirs.run(), staged(4, 'user', { displayName: 'Secret Other' }));
  await blame(mine, 1, mine, 2);
  await blame(mine, 3, theirs, 4);
  const files = await filesOf(mine.customer);
  for (const name of ['report.html', 'errors.csv']) {
    for (const text of ['Ada Own', 'Ben Own', 'Object 3']) expect(files.get(name)).toContain(text);
    expect(files.get(name)).not.toContain('Secret Other');
    expect(files.get(name)).not.toContain('Object 4');
  }
  expect((await filesOf(theirs.customer)).get('report.html')).not.toContain('Own');
});

// Shows: Reports / the figures of the trend are those of stored cycles; what no cycle told is left out (postgresql)
test('the trend is what the cycles have counted', async () => {
  const one = await store.customer();
  const at = async (day: string, counts: Readonly<Record<string, number>>): Promise<void> => {
    const run = await one.run();
    await recordCounts(store.database, run.id, counts);
    await store.database.query('UPDATE run SET started_at = $2 WHERE id = $1', [run.id, `${day}Z`]);
  };
  await at('2026-11-10 12:00', { errors: 9 });
  await at('2026-11-20 01:00', { errors: 7, confirmed: 5 });
  await at('2026-11-20 22:30', { errors: 3, confirmed: 2, provisioned: 1 });
  // Already the next day in Berlin.
  await at('2026-11-20 23:30', { errors: 4, confirmed: 1 });
  await at('2026-11-22 10:00', { read: 1 });
  const trend = (zone: string): ReturnType<typeof reportTrend> =>
    reportTrend(store.database, one.customer, '2026-11-22', 4, zone);
  expect(await trend('UTC')).toEqual([
    { day: '2026-11-19', errors: 9, confirmed: null, provisioned: null },
    { day: '2026-11-20', errors: 4, confirmed: 8, provisioned: 1 },
    { day: '2026-11-21', errors: 4, confirmed: null, provisioned: null },
    { day: '2026-11-22', errors: 4, confirmed: null, provisioned: null },
  ]);
  expect(await trend('Europe/Berlin')).toMatchObject([
    { errors: 9 },
    { errors: 3, confirmed: 7 },
    { errors: 4, confirmed: 1 },
    {},
  ]);
  const never = await store.customer();
  expect(await reportTrend(store.database, never.customer, '2026-11-22', 2, 'UTC')).toMatchObject([
    { errors: null, confirmed: null },
    { errors: null },
  ]);
});

// Shows: Reports / a worker killed while it sends: nothing is lost, and a second mail is known by its Message-ID (smtp)
test('a delivery that was cut off is made again as the same mail; one that was made is not', async () => {
  const one = await store.customer();
  const { database } = store;
  const { id: report } = await keepReport(database, {
    customer: one.customer,
    subject: 'day/2026-11-22',
    fileName: 'report.zip',
    totals: {
      users: 0,
      contacts: 0,
      groups: 0,
      mailboxes: 0,
      voice: 0,
      servicesOpen: 0,
      servicesBlocked: 0,
      inError: 0,
      ending: 0,
      waiting: 0,
    },
    content: Buffer.from('zip'),
  });
  const target = { way: 'mail', target: 'directory@contoso.test' } as const;
  const [delivery] = await openDeliveries(database, report, [target]);
  // Asked for again by a second workflow: the same delivery.
  expect(await openDeliveries(database, report, [target])).toEqual([delivery]);
  const server = await openMailServer();
  try {
    const mail = {
      host: server.host,
      port: server.port,
      caFile: server.caFile,
      serverName: 'localhost',
      security: 'starttls',
      from: 'itasca@fabrikam.test',
    } as const;
    const send = (killed: boolean) =>
      makeDelivery(database, delivery?.id ?? '', async ({ id, target: to }) => {
        await sendMail({ mail, secret: () => Promise.resolve('') }, { id, to, subject: 's', text: 't' });
        if (killed) throw new Error('killed');
      });
    await expect(send(true)).rejects.toThrow('killed');
    // Two attempts at the same time: one of them waits, and has nothing left to do.
    await Promise.all([send(false), send(false)]);
    await send(false);
    const ids = server.taken.map(({ raw }) => /^Message-ID: .*$/im.exec(raw)?.[0]);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect(await openDeliveries(database, report, [target])).toEqual([]);
  } finally {
    await server.close();
  }
});

const long = process.env['ITASCA_LONG'] === '1';

// Shows: Reports / many objects in error, 20,000 with ITASCA_LONG=1: all in errors.csv, while the page stays short (postgresql)
test('a report of many objects in error has them all, page by page', async () => {
  const objects = long ? 20_000 : 1100;
  const one = await store.customer();
  const { database } = store;
  await applyConfiguration(database, {
    ...sampleConfiguration(),
    customer: one.customer,
    domains: [`${one.customer}.example`],
  });
  await database.query(
    `INSERT INTO source_object (forest_id, guid, naming_context, kind, dn, attributes, hash, links_hash, last_read)
     SELECT $1, gen_random_uuid(), 'DC=corp', 'user', 'CN=Object ' || n || ',OU=People,DC=corp', jsonb_build_object('displayName', jsonb_build_array('Object ' || n)), '', '', 1 FROM generate_series(1, $2) n`,
    [one.forest, objects],
  );
  await database.query(
    `INSERT INTO object_error (forest_id, guid, code, details, finder) SELECT forest_id, guid, 'SE101', 'mail is absent', 'rule' FROM source_object WHERE forest_id = $1`,
    [one.forest],
  );
  const files = await filesOf(one.customer);
  expect(files.get('errors.csv')?.split('\r\n')).toHaveLength(objects + 2);
  // The page does not grow with them.
  expect(files.get('report.html')?.length).toBeLessThan(150_000);
});
