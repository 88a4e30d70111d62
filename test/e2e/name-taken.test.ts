import { listErrors } from '../../store/errors.ts';
import { done } from '../support/directory-sandbox.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
let alias: (name: string) => string;
const hidden: string[] = [];

beforeAll(async () => {
  product = await openProduct();
  alias = aliasesOf(product);
  const { source, managed, managedOu } = product;
  const taken = product.name.slice(0, 12);
  // Objects of classes that the managed connector space does not hold: it can not know that their names are taken.
  const computer = `CN=${taken}-host,${managedOu}`;
  const container = `CN=Container name,${managedOu}`;
  await done(managed.add(computer, { objectClass: ['computer'], sAMAccountName: [`${taken}-sam`] }));
  await done(managed.add(container, { objectClass: ['container'] }));
  hidden.push(computer, container);
  await source.add('user', 'Computer name', mailUser(alias('computer'), { sAMAccountName: [`${taken}-sam`] }));
  await source.add('user', 'Container name', mailUser(alias('container')));
  await source.add('user', 'Free name', mailUser(alias('free'), { sAMAccountName: [`${taken}-free`] }));
});

afterAll(() => product.dispose());

async function names(): Promise<(string | undefined)[][]> {
  const objects = await product.managedObjects(['sAMAccountName', 'mail']);
  return [...objects.values()]
    .filter((entry) => entry.attributes['mail'] !== undefined)
    .map((entry) => [
      entry.attributes['mail']?.[0]?.split('.')[0],
      entry.attributes['name']?.[0],
      entry.attributes['sAMAccountName']?.[0],
    ])
    .sort();
}

// Shows: Flow / sAMAccountName and CN that an unknown object has are an error, and others are chosen (samba)
test('a name that an object has of which the connector space knows nothing is an error in the first cycle', async () => {
  expect((await product.cycle()).counts).toMatchObject({ failed: 2 });
  const errors = await listErrors(product.database, product.forest, 10);
  expect(errors.map(({ code, dn }) => [code, dn])).toEqual([
    ['SE902', product.source.dn('Computer name')],
    ['SE902', product.source.dn('Container name')],
  ]);
  expect(errors.map(({ details }) => details)).toEqual([
    expect.stringMatching(/^sAMAccountName .*-sam is taken$/),
    expect.stringMatching(/^CN=Container name,.* is another object$/),
  ]);
  expect((await names()).map(([mail]) => mail)).toEqual(['free']);
});

// Shows: Flow / sAMAccountName and CN are made unique in the managed domain (samba)
test('and in the next cycle another name is chosen, with digits of the objectGUID', async () => {
  expect((await product.cycle()).counts).toMatchObject({ failed: 0, unconfirmed: 0 });
  expect(await listErrors(product.database, product.forest, 10)).toEqual([]);
  const [computer, container, free] = await names();
  const short = product.name.slice(0, 12);
  expect(computer).toEqual(['computer', 'Computer name', expect.stringMatching(/^t.{2}-[0-9a-f]{16}$/)]);
  expect(container?.[1]).toMatch(/^Container name \([0-9a-f]{32}\)$/);
  expect(free).toEqual(['free', 'Free name', `${short}-free`]);
});

// Shows: Flow / sAMAccountName and CN are kept, whatever the source is called later (samba)
test('the names are kept, whatever the source’s are later and when the taken ones are free', async () => {
  const before = await names();
  const { source, managed } = product;
  for (const dn of hidden) await done(managed.remove({ dn }));
  for (const name of ['Computer name', 'Free name'])
    await done(
      source.writer.modify({ dn: source.dn(name) }, [
        { operation: 'replace', attribute: 'sAMAccountName', values: [`${name.slice(0, 4)}-${product.name}`] },
      ]),
    );
  expect((await product.cycle()).counts).toMatchObject({ failed: 0, planned: 0 });
  expect(await names()).toEqual(before);
});
