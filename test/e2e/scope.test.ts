import { configurationSchema } from '../../rules/configuration.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { listErrors } from '../../store/errors.ts';
import { done } from '../support/directory-sandbox.ts';
import { mailContact, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
const names = ['Ada', 'Ben', 'Cem'] as const;

beforeAll(async () => {
  product = await openProduct();
  const { source } = product;
  const roomNumbers: Readonly<Record<string, readonly string[]>> = { Ada: ['1.01'], Ben: ['2.02'], Cem: [] };
  const guids: string[] = [];
  for (const name of names) {
    const roomNumber = roomNumbers[name] ?? [];
    const more = roomNumber.length === 0 ? {} : { roomNumber };
    guids.push(await source.add('user', name, mailUser(alias(name), { employeeType: ['internal'], ...more })));
  }
  await source.add('contact', 'Eva', mailContact(alias('Eva')));
  const member = guids.map((guid) => `<GUID=${guid}>`);
  await source.add('group', 'All', mailGroup(alias('All'), { member }));
  await source.add('group', 'Not for mail', { groupType: ['-2147483646'] });
  expect((await product.cycle()).counts).toMatchObject({ planned: 5, failed: 0, errors: 0, unconfirmed: 0 });
});

afterAll(() => product.dispose());

function alias(name: string): string {
  return `${name.toLowerCase()}.${product.name}`;
}

/** Runs a cycle with a scope that has these rules beside the organizational units. */
async function cycleWith(rules: object): Promise<Readonly<Record<string, number>>> {
  const { forests, ...rest } = product.configuration;
  await applyConfiguration(
    product.database,
    configurationSchema.parse({
      ...rest,
      forests: forests.map((forest) => ({ ...forest, scope: { ...forest.scope, ...rules } })),
    }),
  );
  return (await product.cycle()).counts;
}

async function rules(): Promise<Readonly<Record<string, string>>> {
  const rows = await product.database.query<{ name: string; rule: string }>(
    `SELECT o.attributes -> 'name' ->> 0 AS name, e.scope_rule AS rule FROM evaluation e JOIN source_object o USING (forest_id, guid)
     WHERE right(o.dn, length($1)) = $1`,
    [product.source.ou],
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.rule]));
}

async function members(): Promise<number> {
  return (await product.managedObjects(['member'])).get('All')?.links['member']?.length ?? 0;
}

// Shows: Scope / mail-enabled groups only, and the answer always says which rule decided (samba)
test('each object is told the rule that decided', async () => {
  const included = `included organizational unit ${product.source.ou}`;
  expect(await rules()).toEqual({
    Ada: included,
    Ben: included,
    Cem: included,
    Eva: included,
    All: included,
    'Not for mail': 'group without mail',
  });
});

// Shows: Scope / LDAP filter on an attribute that was not read before: the forest is read whole for it (samba)
test('a filter on an attribute that was not read before', async () => {
  const filter = '(|(!(objectClass=user))(roomNumber=*))';
  expect(await cycleWith({ filter })).toMatchObject({ whole: 1, disconnected: 1, failed: 0 });
  expect(await rules()).toMatchObject({
    Ada: `included organizational unit ${product.source.ou} and the filter`,
    Cem: 'does not match the filter',
  });
  // Within the grace time nothing is undone, memberships included.
  expect(await members()).toBe(3);
  await done(
    product.source.writer.modify({ dn: product.source.dn('Cem') }, [
      { operation: 'replace', attribute: 'roomNumber', values: ['3.03'] },
    ]),
  );
  await cycleWith({ filter });
  expect((await rules())['Cem']).toMatch(/and the filter$/);
  expect(await members()).toBe(3);
});

// Shows: Scope / attribute conditions (samba)
test('conditions on attributes', async () => {
  await cycleWith({
    require: [{ attribute: 'employeeType', oneOf: ['internal', 'trainee'], kinds: ['user'] }],
    reject: [{ attribute: 'roomNumber', equals: '2.02' }],
  });
  expect(await rules()).toMatchObject({
    Ada: `included organizational unit ${product.source.ou}`,
    Ben: 'rejected: roomNumber is "2.02"',
    Eva: `included organizational unit ${product.source.ou}`,
  });
  await cycleWith({});
  expect(await members()).toBe(3);
});

// Shows: Scope / SMTP inclusion list (samba)
test('the SMTP inclusion list', async () => {
  const include = [`${alias('Ada')}@contoso.test`, 'contoso.example'];
  await cycleWith({ smtp: { include, outside: 'out of scope' } });
  expect(await rules()).toMatchObject({
    Ada: `included organizational unit ${product.source.ou}`,
    Ben: 'mail outside the SMTP inclusion list',
    Eva: `included organizational unit ${product.source.ou}`,
    All: 'mail outside the SMTP inclusion list',
  });
  await cycleWith({});
  expect(await listErrors(product.database, product.forest, 10)).toEqual([]);
});
