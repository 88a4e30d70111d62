import type { AttributeImage } from '../../rules/attributes.ts';
import { FIM_ANCHOR, fillManaged, type FilledCounts } from '../../scripts/seed/filled.ts';
import { seed } from '../../scripts/seed/seed.ts';
import { present } from '../../directory/filter.ts';
import { countErrors } from '../../store/errors.ts';
import { joinSummary } from '../../store/join-report.ts';
import { openProduct, removeBelow, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

const long = process.env['ITASCA_LONG'] === '1';
const users = long ? 2000 : 60;
const groups = long ? 100 : 10;
const ambiguous = 5;
const withoutSource = 10;
const timeout = long ? 1_800_000 : 120_000;

let product: Product;
let ou: string;
let filled: FilledCounts;
let before: ReadonlyMap<string, unknown>;

beforeAll(async () => {
  const { customer, managed } = testStack();
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      join: {
        ...configuration.join,
        containers: [`OU=fim-${configuration.customer},OU=contoso,OU=Customers,${managed.namingContext}`],
        rules: [
          { by: 'masterAccountSid', mode: 'auto' },
          { by: 'attributes', source: 'objectGUID', managed: FIM_ANCHOR, mode: 'auto' },
          { by: 'attributes', source: 'employeeID', managed: 'employeeID', mode: 'auto' },
        ],
      },
      services: { ...configuration.services, waitFor: '10m' },
      // FIM never wrote it: at everybody it changes from the 0 that Active Directory gives.
      guard: {
        ...configuration.guard,
        attributes: {
          ...configuration.guard.attributes,
          countryCode: { changed: { count: 10_000, percent: 100, few: 100 } },
        },
      },
    }),
  });
  ou = product.configuration.join.containers[0] ?? '';
  const prefix = product.name.slice(0, 6);
  const sourceOu = product.source.ou;
  await seed(customer, { users, groups, prefix, ou: sourceOu.slice('OU='.length, sourceOu.indexOf(',')) });
  filled = await fillManaged(customer, managed, { sourceOu, managedOu: ou, prefix, ambiguous, withoutSource });
  before = await lasting();
}, timeout);

afterAll(async () => {
  await removeBelow(product.managed, ou);
  await product.dispose();
}, timeout);

/** What must stay of each object that FIM has left, by objectGUID. */
async function lasting(): Promise<ReadonlyMap<string, { dn: string; attributes: AttributeImage; database: unknown }>> {
  const kept =
    'objectSid sAMAccountName msExchMailboxGuid legacyExchangeDN msExchMasterAccountSid msExchRecipientTypeDetails';
  const found = new Map<string, { dn: string; attributes: AttributeImage; database: unknown }>();
  const query = { base: ou, scope: 'sub', filter: present('objectClass'), pageSize: 500 } as const;
  for await (const page of product.managed.reader.pages({ ...query, attributes: [...kept.split(' '), 'homeMDB'] }))
    for (const { guid, dn, attributes, links } of page) found.set(guid, { dn, attributes, database: links['homeMDB'] });
  return found;
}

// Shows: Join / a managed forest as FIM leaves it is adopted; by sIDHistory, by the old anchor and by employeeID too (samba)
test(
  'every mailbox and group that FIM has left is adopted, and nothing is created beside one',
  async () => {
    expect(filled.mailboxes).toBe(users);
    expect(filled.formerSid).toBeGreaterThan(0);
    expect(filled.shared).toBeGreaterThan(0);
    const started = performance.now();
    const result = await product.cycle();
    const adopted = users - ambiguous + groups;
    expect(result.counts).toMatchObject({
      adopted,
      toCreate: 0,
      unmatchedManaged: withoutSource + 2 * ambiguous + 1,
      planned: adopted,
      failed: 0,
      unconfirmed: 0,
      blocked: 0,
    });
    expect((await product.managedObjects([])).size).toBe(0);
    expect(await countErrors(product.database, product.forest)).toEqual([{ code: 'SE811', objects: ambiguous }]);
    expect(await joinSummary(product.database, result.run ?? '')).toEqual({
      adopted,
      created: 0,
      changed: adopted,
      unmatchedSource: ambiguous,
      unmatchedManaged: withoutSource + 2 * ambiguous + 1,
    });
    if (long)
      process.stderr.write(
        `${String(users)} adopted: ${JSON.stringify(result.counts)}, ${String(Math.round(performance.now() - started))} ms\n`,
      );
  },
  timeout,
);

// Shows: Join / adopted as it is: mailbox GUID, database, legacyExchangeDN, SID, names and place stay (samba)
test(
  'no mailbox GUID, database, legacyExchangeDN, SID, recipient kind, name or place has changed',
  async () => {
    const [services] = await product.database.query<{ known: number; provisioned: number }>(
      "SELECT count(*)::int AS known, count(*) FILTER (WHERE s.wanted IS NOT NULL AND s.state = 'provisioned')::int AS provisioned FROM service s JOIN identity i ON i.id = s.identity_id WHERE i.source_forest = $1",
      [product.forest],
    );
    // Also those that nobody asks a mailbox for have one, which is known; one in ten is asked for.
    expect(services?.known).toBe(users - ambiguous);
    expect(services?.provisioned).toBeGreaterThan(0);
    expect(await lasting()).toEqual(before);
  },
  timeout,
);

// Shows: Join / the second cycle over an adopted forest plans nothing (samba)
test(
  'the second cycle plans nothing',
  async () => {
    const started = performance.now();
    const result = await product.cycle();
    expect(result.counts).toMatchObject({ adopted: 0, toCreate: 0, planned: 0, plannedReferences: 0, started: 0 });
    if (long) process.stderr.write(`second cycle: ${String(Math.round(performance.now() - started))} ms\n`);
  },
  timeout,
);

// Shows: Join / members that stand for no source object are left alone (samba)
test('members that somebody has put into a list by hand are still in it', async () => {
  const dn = `CN=DL-00001,OU=Lists,${ou}`;
  const list = await product.managed.reader.read({ dn }, ['member']);
  expect(list?.links['member']?.map((target) => target.dn)).toContain(`CN=Made by hand,OU=Lists,${ou}`);
});
