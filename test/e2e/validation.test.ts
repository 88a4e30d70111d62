import { listErrors, type ErrorReport } from '../../store/errors.ts';
import type { syncCycle } from '../../workflows/sync-cycle.ts';
import { done } from '../support/directory-sandbox.ts';
import { aliasesOf, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
let alias: (name: string) => string;
let cycles = 0;

beforeAll(async () => {
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      forests: configuration.forests.map((forest) => ({
        ...forest,
        scope: { ...forest.scope, smtp: { include: ['contoso.test'], outside: 'mail user' as const } },
      })),
    }),
  });
  alias = aliasesOf(product);
  const { source } = product;
  await source.add('user', 'Ann', mailUser(alias('ann')));
  await source.add('user', 'Mailbox elsewhere', outside('elsewhere', { homeMDB: [source.ou] }));
  await source.add(
    'user',
    'Asks in vain',
    outside('vain', {
      targetAddress: ['SMTP:vain@partner.example'],
      extensionAttribute9: ['MBX=2GB;Type=KIOSK;REG=EU;'],
    }),
  );
  await source.add('group', 'All', mailGroup(alias('all'), { member: [source.dn('Ann')] }));
  await delta();
});

afterAll(() => product.dispose());

/** A user whose mail is the customer's, but not in the inclusion list. */
function outside(name: string, more: Parameters<typeof mailUser>[1]): ReturnType<typeof mailUser> {
  const mail = `${alias(name)}@contoso.example`;
  return mailUser(alias(name), { mail: [mail], proxyAddresses: [`SMTP:${mail}`], ...more });
}

async function delta(): Promise<Readonly<Record<string, number>>> {
  cycles += 1;
  const result = await product.temporal.workflow.execute<typeof syncCycle>('syncCycle', {
    args: [{ customer: product.name, forest: 'corp', profile: 'delta' }],
    taskQueue: product.taskQueue,
    workflowId: `cycle/${product.name}/corp-delta-${String(cycles)}`,
  });
  return result.counts;
}

function replace(name: string, attribute: string, ...values: readonly string[]): Promise<void> {
  const { source } = product;
  return done(source.writer.modify({ dn: source.dn(name) }, [{ operation: 'replace', attribute, values }]));
}

async function errors(): Promise<readonly ErrorReport[]> {
  return listErrors(product.database, product.forest, 10);
}

// Shows: Validation / KB 2615447: homeMDB, targetAddress and the inclusion list (samba)
test('a mailbox in the Customer Forest and an address outside the inclusion list do not go together', async () => {
  expect((await errors()).map(({ code, dn }) => `${code} ${dn}`)).toEqual([
    `PE104 ${product.source.dn('Asks in vain')}`,
    `SE504 ${product.source.dn('Mailbox elsewhere')}`,
  ]);
  expect((await product.managedObjects([])).has('Mailbox elsewhere')).toBe(false);
});

// Shows: Validation / a PE error blocks only the service (samba)
test('a mailbox asked for an address outside the inclusion list is not made, and the attributes flow', async () => {
  await replace('Asks in vain', 'title', 'Guest');
  await delta();
  const user = (await product.managedObjects(['title', 'homeMDB'])).get('Asks in vain');
  expect(user?.attributes['title']).toEqual(['Guest']);
  expect(user?.links['homeMDB']).toBeUndefined();
});

// Shows: Validation / errors clear themselves, by a delta that tells only what changed (samba)
test('homeMDB that goes by a delta makes room for a target address, and the error is gone', async () => {
  await replace('Mailbox elsewhere', 'homeMDB');
  await delta();
  expect((await errors()).map(({ code }) => code)).toEqual(['PE104', 'SE503']);
  await replace('Mailbox elsewhere', 'targetAddress', 'SMTP:elsewhere@partner.example');
  await delta();
  expect((await errors()).map(({ code }) => code)).toEqual(['PE104']);
  expect((await product.managedObjects([])).has('Mailbox elsewhere')).toBe(true);
});

// Shows: Validation / SE freezes all flow of that object, membership included (samba)
// Shows: Validation / errors keep first seen, last seen and count (samba)
test('a group in error keeps its members until it is mended; its error keeps when it was first seen, and counts', async () => {
  const members = async (): Promise<number> =>
    (await product.managedObjects(['member'])).get('All')?.links['member']?.length ?? 0;
  await replace('All', 'displayName');
  await replace('All', 'member');
  await delta();
  const [before] = (await errors()).filter(({ code }) => code === 'SE402');
  expect(before).toMatchObject({ dn: product.source.dn('All'), count: 1 });
  expect(await members()).toBe(1);

  await replace('All', 'info', 'looked at again');
  await delta();
  const [after] = (await errors()).filter(({ code }) => code === 'SE402');
  expect(after).toMatchObject({ firstSeen: before?.firstSeen, count: 2 });
  expect(after?.lastSeen.getTime()).toBeGreaterThan(before?.lastSeen.getTime() ?? Infinity);
  expect(await members()).toBe(1);

  await replace('All', 'displayName', 'All');
  await delta();
  expect((await errors()).map(({ code }) => code)).toEqual(['PE104']);
  expect(await members()).toBe(0);
});

// Shows: Validation / errors end with the scope of their object (samba)
test('who leaves scope leaves no error behind', async () => {
  const { source } = product;
  await done(source.writer.rename({ dn: source.dn('Asks in vain') }, 'Asks in vain', `OU=Excluded,${source.ou}`));
  await delta();
  expect(await errors()).toEqual([]);
});
