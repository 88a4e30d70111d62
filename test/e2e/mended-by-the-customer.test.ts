import { done } from '../support/directory-sandbox.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

let product: Product;
let database: string;

beforeAll(async () => {
  const { namingContext } = testStack().managed;
  product = await openProduct({
    change: (configuration) => {
      // Configured, but nobody has made it yet: a mailbox in it is refused.
      database = `CN=${configuration.customer},CN=Services,CN=Configuration,${namingContext}`;
      const { regions } = configuration.exchange;
      return {
        ...configuration,
        services: { ...configuration.services, waitFor: '10s' },
        exchange: { ...configuration.exchange, regions: { ...regions, AP: { databases: [database] } } },
      };
    },
  });
});

afterAll(async () => {
  await product.managed.remove({ dn: database });
  await product.dispose();
});

// Shows: Validation / an error of a service clears itself with the cycle that finds the object mended (samba)
test('an object that waits for a correction goes on by itself with the cycle that finds it mended', async () => {
  const guid = await product.source.add(
    'user',
    'Ann',
    mailUser(`ann.${product.name}`, { extensionAttribute9: ['REG=AP;MBX=2GB;TYPE=KIOSK'] }),
  );
  expect(await product.cycle()).toMatchObject({ counts: { started: 1, blocked: 1, open: 0 } });
  await done(product.managed.add(database, { objectClass: ['container'] }));
  await done(
    product.source.writer.modify({ guid }, [
      { operation: 'replace', attribute: 'extensionAttribute9', values: ['REG=AP;MBX=1GB;TYPE=KIOSK'] },
    ]),
  );
  expect(await product.cycle()).toMatchObject({ counts: { started: 1, provisioned: 1, blocked: 0, open: 0 } });
}, 120_000);
