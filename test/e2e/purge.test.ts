import { purgeId } from '../../workflows/ids.ts';
import { itasca, itascaJson } from '../support/command.ts';
import { done } from '../support/directory-sandbox.ts';
import { recordHistory } from '../support/histories.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
let gone: string;

beforeAll(async () => {
  product = await openProduct();
  await product.source.add('user', 'Ada', mailUser(`ada.${product.name}`));
  const dn = `CN=Bob,OU=Excluded,${product.source.ou}`;
  const account = { objectClass: ['user'], sAMAccountName: [`bob-${product.name}`] };
  await done(product.source.writer.add(dn, { ...mailUser(`bob.${product.name}`), ...account }));
  gone = (await product.source.reader.read({ dn }, []))?.guid ?? '';
  await product.cycle();
});

afterAll(() => product.dispose());

async function staged(guid: string): Promise<boolean> {
  return (await product.database.query('SELECT 1 FROM source_object WHERE guid = $1', [guid])).length > 0;
}

// Shows: Command / purge shows first what would be erased of a person, and erases it with --yes (samba)
test('a person is shown, then erased by a workflow, and that it was done is kept', async () => {
  const bob = `bob.${product.name}@contoso.test`;
  const shown = await itasca(product, 'purge', bob);
  expect(shown).toMatchObject({ code: 2, err: '' });
  expect(shown.out).toMatch(/source_object +│ 1/);
  expect(shown.out).toContain('a later read brings it back');
  expect(shown.out).toContain('Nothing was erased');
  expect(await staged(gone)).toBe(true);
  const { code, value } = await itascaJson(product, 'purge', bob, '--yes');
  expect({ code, value }).toMatchObject({
    code: 0,
    value: { outcome: 'erased', done: true, counts: { source_object: 1 } },
  });
  await recordHistory(product.temporal, purgeId(product.name, { forest: 'corp', guid: gone }), 'purge-data-erased');
  expect(await staged(gone)).toBe(false);
  expect((await itasca(product, 'object', 'explain', bob)).err).toContain('Nothing is staged under');
  expect(await product.database.query('SELECT what, operator FROM erasure')).toEqual([
    { what: 'person', operator: 'Olga Operator' },
  ]);
});

// Shows: Command / purge: who is managed is not erased, and wrong input is one message (samba)
test('what can not be erased says why', async () => {
  const ada = await itasca(product, 'purge', `ada.${product.name}@contoso.test`, '--yes');
  expect(ada.code).toBe(1);
  expect(ada.out).toContain('It is in scope');
  const wrong = async (...words: readonly string[]): Promise<string> => {
    const { code, err } = await itasca(product, 'purge', ...words);
    expect(code).toBe(1);
    return err;
  };
  expect(await wrong()).toContain('Name a person, or say --everything');
  expect(await wrong('--everything')).toContain('Name the customer');
  expect(await wrong('nobody@contoso.test')).toContain('Nothing is staged under');
  expect(await wrong('x', '--everything', '--customer', product.name)).toContain('Either a person');
});

// Shows: Command / purge of a customer: refused while objects are managed for it, then everything goes and the Managed Forest stays as it is (samba)
test('a customer is erased, and its objects in the Managed Forest are left there', async () => {
  const all = ['purge', '--customer', product.name, '--everything'];
  const refused = await itascaJson(product, ...all, '--yes');
  expect(refused).toMatchObject({
    code: 1,
    value: { outcome: 'refused', reasons: [expect.stringContaining('1 objects in the Managed Forest')] },
  });
  expect((await itasca(product, ...all, '--leave-objects')).code).toBe(2);
  const { code, out } = await itasca(product, ...all, '--leave-objects', '--yes');
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/configuration_version +│ 1/) as string });
  expect((await itasca(product, 'sync')).err).toContain('No customer has a configuration in force yet');
  expect([...(await product.managedObjects([])).keys()]).toEqual(['Ada']);
});
