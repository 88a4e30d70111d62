import { standingWarnings } from '../../store/forest-warnings.ts';
import { forestId } from '../../store/forests.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
/** Allowed as a target, and not in the schema of the tests' forests: Exchange 2010 SP2 brought it. */
const LACKING = 'msExchExtensionCustomAttribute1';

beforeAll(async () => {
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      flow: {
        ...configuration.flow,
        user: { ...configuration.flow.user, rules: [{ target: LACKING, from: 'company' }] },
      },
    }),
  });
  await product.source.add('user', 'Ada', mailUser(aliasesOf(product)('ada'), { company: ['Contoso'] }));
});

afterAll(() => product.dispose());

// Shows: Flow / an attribute that the Managed Forest's schema lacks is left out and reported once; the objects are written (samba)
test('what the schema of the managed forest does not have is left out of the flow, and said once', async () => {
  const { counts } = await product.cycle();
  expect(counts).toMatchObject({ planned: 1, written: 1, failed: 0, unconfirmed: 0 });
  expect((await product.cycle()).counts).toMatchObject({ planned: 0, failed: 0 });
  const [ada] = (await product.managedObjects(['company'])).values();
  expect(ada?.attributes['company']).toEqual(['Contoso']);
  const managed = await forestId(product.database, { side: 'managed', name: product.configuration.managed.name });
  const warnings = await standingWarnings(product.database, managed);
  expect(warnings).toMatchObject([{ code: 'FW301', attribute: LACKING, count: 1 }]);
});
