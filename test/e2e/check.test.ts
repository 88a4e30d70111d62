import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { Configuration } from '../../rules/configuration.ts';
import type { CheckLine, CheckReport } from '../../rules/preflight.ts';
import type { ForestCoordinates } from '../../scripts/stack/forest.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { checkId } from '../../workflows/ids.ts';
import { itasca, itascaJson, run, variablesFor } from '../support/command.ts';
import { recordHistory } from '../support/histories.ts';
import { mailContact, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { plainAccount, type PlainAccount } from '../support/rights.ts';
import { testStack } from '../support/stack.ts';

let product: Product;
let plain: PlainAccount;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'itasca-check-'));
  plain = await plainAccount(testStack().customer);
  product = await openProduct({
    change: ({ exchange, ...others }) => {
      const { AP: _notMadeYet, ...regions } = exchange.regions;
      return { ...others, exchange: { ...exchange, regions } };
    },
  });
  const { source, name } = product;
  const second = { proxyAddresses: [`smtp:ada.${name}@contoso.example`] };
  await source.add('user', 'Ada', mailUser(`ada.${name}`, second));
  await source.add('contact', 'Ben', mailContact(`ben.${name}`));
  await source.add('group', 'All', mailGroup(`all.${name}`));
});

afterAll(async () => {
  await product.dispose();
  await plain.dispose();
  await rm(folder, { recursive: true });
});

/** The Managed Forest of the suite is as Active Directory is delivered in this. */
const quota = 'warning excess rights: it may add 10 computers to the domain, as any account';

type Change = (configuration: Configuration) => Configuration;
type Forest = Configuration['forests'][number];

const inForest =
  (change: (forest: Forest) => Partial<Forest>): Change =>
  (configuration) => ({
    ...configuration,
    forests: configuration.forests.map((forest) => ({ ...forest, ...change(forest) })),
  });

/** What a check says when the configuration is another one; then it is as it was again. */
async function checked(change: Change): Promise<{ readonly code: number; readonly lines: readonly CheckLine[] }> {
  await applyConfiguration(product.database, change(product.configuration));
  try {
    const { code, value } = await itascaJson(product, 'check');
    return { code, lines: (value as CheckReport).lines };
  } finally {
    await applyConfiguration(product.database, product.configuration);
  }
}

/** The lines that are not ok, each as `state check: message`. */
function trouble(lines: readonly CheckLine[]): readonly string[] {
  return lines.filter(({ state }) => state !== 'ok').map((line) => `${line.state} ${line.check}: ${line.message}`);
}

async function secret(name: string, password: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, password, { mode: 0o600 });
  return file;
}

// Shows: Command / check: every line ok where all is as it should be, as a table and as JSON, before and after the first cycle (samba)
test('a customer that is all right passes, whether anything was synchronized yet or not', async () => {
  const before = await itascaJson(product, 'check', product.name);
  expect(trouble((before.value as CheckReport).lines)).toEqual([quota]);
  expect(before).toMatchObject({ code: 0, value: { customer: product.name, configuration: 1, standing: 'passed' } });
  await recordHistory(product.temporal, checkId(product.name), 'check-customer-passed');
  await product.cycle();
  const { code, out, err } = await itasca(product, 'check', product.name);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const what of [
    /connection +│ ldaps:.*it answers/,
    /TLS .*trusted, carries the name, and is good until 20\d\d-/,
    /clock .*agrees/,
    /log-on .*accepted as svc-itasca-read@/,
    /log-on .*accepted as svc-itasca-write@/,
    /changes .*corp .*read by dirsync/,
    /deletions .*told by the directory/,
    /excess rights .*corp .*in no privileged group/,
    /rights .*fabrikam .*add users, contacts and groups to /,
    /and write their attributes/,
    /schema .*fabrikam .*has all \d+ attributes/,
    /tombstones .*corp .*for \d+ days/,
    /databases .*4 named, all there/,
    /address lists .*all there/,
    /SMTP domains .*contoso.test and contoso.example/,
    /objects .*1 users, 1 contacts and 1 groups/,
    /duration .*unknown: no cycle/,
    /1 warning, 0 failed, 0 not checked/,
  ])
    expect(out).toMatch(what);
});

describe('what is wrong is a line with its remedy, and the others go on', () => {
  const only = (lines: readonly CheckLine[], check: CheckLine['check'], state: CheckLine['state']): CheckLine => {
    const found = lines.find((line) => line.check === check && line.state === state);
    if (found === undefined) throw new Error(`no ${check} ${state} in ${JSON.stringify(lines, null, 1)}`);
    if (state === 'failed') expect(found.remedy).not.toBeNull();
    return found;
  };
  const managedLines = (lines: readonly CheckLine[]): readonly string[] =>
    trouble(lines.filter(({ place }) => place.startsWith('fabrikam')));

  // Shows: Command / check: a certificate of another authority, and a name that the certificate does not carry (samba)
  test.each<readonly [string, () => Promise<Forest['tls']>, RegExp]>([
    [
      'another authority',
      async () => ({ caFile: await secret('other-ca.pem', rootCertificates[0] ?? '') }),
      /certificate cannot be trusted/,
    ],
    [
      'another name',
      () => Promise.resolve({ caFile: testStack().customer.caFile, serverName: 'dc9.contoso.test' }),
      /ALTNAME.*Use the name that the certificate carries/,
    ],
  ])('TLS: %s', async (_what, tls, message) => {
    const other = await tls();
    const { code, lines } = await checked(inForest(() => ({ tls: other })));
    expect(code).toBe(1);
    expect(only(lines, 'TLS', 'failed').message).toMatch(message);
    expect(only(lines, 'connection', 'ok').place).toBe(testStack().customer.url);
    for (const check of ['log-on', 'changes', 'schema', 'objects', 'SMTP domains'] as const)
      only(lines, check, 'not checked');
    expect(managedLines(lines)).toEqual([quota]);
  });

  // Shows: Command / check: a domain controller that does not answer, alone or beside one that does (samba)
  test('a closed port', async () => {
    const { url, ip } = testStack().customer;
    const closed = `ldaps://${ip}:1`;
    const withControllers = (...controllers: string[]): Change =>
      inForest(({ domains }) => ({ domains: domains.map((domain) => ({ ...domain, controllers })) }));
    const beside = await checked(withControllers(closed, url));
    expect(beside.code).toBe(1);
    expect(only(beside.lines, 'connection', 'failed')).toMatchObject({
      place: closed,
      message: expect.stringContaining('nothing listens there') as string,
    });
    only(beside.lines, 'objects', 'ok');
    const alone = await checked(withControllers(closed));
    only(alone.lines, 'connection', 'failed');
    only(alone.lines, 'objects', 'not checked');
    expect(managedLines(alone.lines)).toEqual([quota]);
  });

  // Shows: Command / check: a wrong password is tried once, and an unreadable one not at all (samba)
  test('a wrong password, and none', async () => {
    const { url, ip } = testStack().customer;
    const both = inForest(({ domains }) => ({
      domains: domains.map((domain) => ({ ...domain, controllers: [url, `ldap://${ip}`] })),
    }));
    const passwordFile = await secret('wrong', 'Wrong-Password-1');
    const wrong = await checked((configuration) => inForest(() => ({ passwordFile }))(both(configuration)));
    expect(only(wrong.lines, 'log-on', 'failed').message).toMatch(/no log-on as .*the account or its password/);
    expect(only(wrong.lines, 'log-on', 'not checked')).toMatchObject({ place: `ldap://${ip}` });
    const none = await checked(inForest(() => ({ passwordFile: join(folder, 'nowhere') })));
    expect(only(none.lines, 'log-on', 'failed').message).toContain('does not exist');
    only(none.lines, 'TLS', 'ok');
  });

  // Shows: Command / check: an account without the right to DirSync and to deleted objects (samba)
  test('an account with less than is good', async () => {
    const { account, passwordFile } = plain;
    const { code, lines } = await checked(inForest(() => ({ account, passwordFile })));
    expect(code).toBe(0);
    expect(only(lines, 'changes', 'warning')).toMatchObject({
      message: expect.stringContaining('dirsync-object-security') as string,
      remedy: expect.stringContaining('Replicating Directory Changes') as string,
    });
    only(lines, 'deletions', 'warning');
    const must = await checked(
      inForest(({ reading }) => ({ account, passwordFile, reading: { ...reading, mode: 'dirsync' } })),
    );
    expect(must.code).toBe(1);
    only(must.lines, 'changes', 'failed');
    only(must.lines, 'deletions', 'not checked');
  });

  // Shows: Command / check: an account that may write the customer's forest, or less or more than it should in the managed one (samba)
  test('accounts with other rights than they need', async () => {
    const { customer, managed } = testStack();
    const administrator = async (of: ForestCoordinates) => ({
      account: of.administrator.account,
      passwordFile: await secret(of.side, of.administrator.password),
    });
    const ofCustomer = await administrator(customer);
    const source = await checked(inForest(() => ofCustomer));
    expect(source.code).toBe(1);
    const { message } = only(source.lines, 'excess rights', 'failed');
    expect(message).toMatch(/in .*Domain Admins/);
    expect(message).toMatch(/may change .* of a user in scope/);
    expect(message).not.toContain('Ada');
    const ofManaged = await administrator(managed);
    const above = await checked((configuration) => ({
      ...configuration,
      managed: { ...configuration.managed, ...ofManaged },
    }));
    expect(above.code).toBe(0);
    expect(only(above.lines, 'excess rights', 'warning').place).toMatch(/^fabrikam/);
    const elsewhere = `OU=Domain Controllers,${managed.namingContext}`;
    const below = await checked((configuration) => ({
      ...configuration,
      managed: { ...configuration.managed, ou: elsewhere },
    }));
    expect(below.code).toBe(1);
    expect(only(below.lines, 'rights', 'failed').message).toContain(`may not add a user, contact and group`);
  });

  // Shows: Command / check: organizational units, databases, pools and address lists that the configuration names and that are not there (samba)
  test('what the configuration names and is not there', async () => {
    const { customer, managed } = testStack();
    const gone = (name: string): string => `CN=${name},CN=Services,CN=Configuration,${managed.namingContext}`;
    const { code, lines } = await checked((configuration) => ({
      ...inForest(({ scope }) => ({
        scope: { ...scope, include: [...scope.include, `OU=Gone,${customer.namingContext}`], exclude: [] },
      }))(configuration),
      managed: { ...configuration.managed, ou: `OU=Gone,${managed.namingContext}` },
      exchange: {
        ...configuration.exchange,
        addressLists: [gone('List')],
        regions: { ...configuration.exchange.regions, AP: { databases: [gone('AP-DB01')] } },
      },
    }));
    expect(code).toBe(1);
    const failed = lines.filter(({ state }) => state === 'failed').map(({ check, message }) => `${check}: ${message}`);
    expect(failed).toEqual([
      expect.stringMatching(/^units: .*OU=Gone/) as string,
      expect.stringMatching(/^units: .*OU=Gone/) as string,
      expect.stringMatching(/^databases: .*CN=AP-DB01/) as string,
      expect.stringMatching(/^address lists: .*CN=List/) as string,
    ]);
    only(lines, 'rights', 'not checked');
    only(lines, 'objects', 'ok');
  });

  // Shows: Command / check: SMTP domains of the source that the configuration does not have, and the other way round (samba)
  test('SMTP domains', async () => {
    const other = await checked((configuration) => ({ ...configuration, domains: ['contoso.test', 'unheard.test'] }));
    expect(other.code).toBe(0);
    expect(trouble(other.lines)).toEqual([
      quota,
      'warning SMTP domains: addresses that are never written, by objects: contoso.example (1)',
      'warning SMTP domains: nobody has an address in unheard.test',
    ]);
    const none = await checked((configuration) => ({ ...configuration, domains: ['unheard.test'] }));
    expect(none.code).toBe(1);
    expect(only(none.lines, 'SMTP domains', 'failed').message).toContain('contoso.test (2)');
  });

  // Shows: Command / check: evidence and deciding attributes that SELF may write, by the access lists of the forest itself (samba)
  test('attributes that users may write themselves', async () => {
    const { code, lines } = await checked((configuration) => ({
      ...configuration,
      services: { ...configuration.services, attribute: 'wWWHomePage', usersMayWrite: ['wWWHomePage'] },
    }));
    expect(code).toBe(0);
    expect(only(lines, 'evidence', 'warning').message).toMatch(/wWWHomePage \(who has a mailbox\)$/);
  });
});

// Shows: Command / check: an unknown customer, and a queue that no worker asks, are told in one sentence (samba)
test('what keeps a check from being made is one message', async () => {
  const unknown = await itasca(product, 'check', 'nobody');
  expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('There is no customer "nobody"') as string });
  const idle = await run({ ...variablesFor(product), ITASCA_TASK_QUEUE: 'nobodys' }, ['check']);
  expect(idle).toMatchObject({ code: 1, err: expect.stringContaining('No worker asks for work') as string });
  expect(idle.err).not.toMatch(/\n\s+at /);
});
