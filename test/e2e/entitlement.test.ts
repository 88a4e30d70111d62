import { listErrors } from '../../store/errors.ts';
import { done } from '../support/directory-sandbox.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;

beforeAll(async () => {
  product = await openProduct({
    change: (configuration) => {
      const [one = '', two = ''] = (configuration.exchange.regions['EU']?.databases ?? []).map(String);
      const databases = [
        { database: one, weight: 1, limit: 1 },
        { database: two, weight: 3, limit: 2 },
      ];
      return {
        ...configuration,
        services: { ...configuration.services, entitlement: { by: 'mail' } },
        exchange: { ...configuration.exchange, regions: { ...configuration.exchange.regions, EU: { databases } } },
      };
    },
  });
  const alias = aliasesOf(product);
  for (const name of ['one', 'two', 'three', 'four']) await product.source.add('user', name, mailUser(alias(name)));
  const elsewhere = { targetAddress: [`SMTP:${alias('elsewhere')}@elsewhere.example`] };
  await product.source.add('user', 'elsewhere', mailUser(alias('elsewhere'), elsewhere));
  const asking = (value: string): { extensionAttribute9: string[] } => ({ extensionAttribute9: [value] });
  await product.source.add('user', 'shared', mailUser(alias('shared'), asking('REG=NA;TYPE=SHARED')));
  await product.source.add('user', 'large', mailUser(alias('large'), asking('MBX=50GB;TYPE=KIOSK;REG=NA')));
});

afterAll(() => product.dispose());

async function databases(): Promise<Readonly<Record<string, string>>> {
  const objects = await product.managedObjects(['homeMDB']);
  return Object.fromEntries(
    [...objects].flatMap(([name, entry]) => {
      const [, database] = /^CN=([^,]+)/.exec(entry.links['homeMDB']?.[0]?.dn ?? '') ?? [];
      return database === undefined ? [] : [[name, database]];
    }),
  );
}

async function codes(): Promise<readonly string[]> {
  const errors = await listErrors(product.database, product.forest, 20);
  return errors.map(({ code }) => code).sort();
}

// Shows: Entitlement / presence of mail; who has mail elsewhere is none of ours; a size that the plan does not allow (samba)
test('who has mail gets a mailbox, but not who has it elsewhere, nor by a size that the plan does not allow', async () => {
  expect((await product.cycle()).counts).toMatchObject({ started: 5, provisioned: 4, blocked: 1, unconfirmed: 0 });
  const placed = await databases();
  expect(placed).toMatchObject({ shared: expect.stringMatching(/^NA-/) as string });
  expect(placed).not.toHaveProperty('elsewhere');
  expect(placed).not.toHaveProperty('large');
});

// Shows: Placement / weights and limits, under parallel object workflows; who finds no room waits and is told (samba)
test('databases are filled up to their limits and not beyond, and who finds no room is told so', async () => {
  const { shared: _, ...inEurope } = await databases();
  expect(Object.values(inEurope).sort()).toEqual(['EU-DB01', 'EU-DB02', 'EU-DB02']);
  expect(await codes()).toEqual(['PE107', 'PE108']);
});

// Shows: Placement / chosen once and kept, whatever region is asked for later (samba)
test('a mailbox stays in its database when another region is asked for', async () => {
  const before = await databases();
  await done(
    product.source.writer.modify({ dn: product.source.dn('shared') }, [
      { operation: 'replace', attribute: 'extensionAttribute9', values: ['REG=EU;TYPE=SHARED'] },
    ]),
  );
  expect((await product.cycle('delta')).outcome).toBe('completed');
  expect(await databases()).toEqual(before);
});
