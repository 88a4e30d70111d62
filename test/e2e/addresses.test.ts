import type { AttributeChange } from '../../directory/outcome.ts';
import { listErrors } from '../../store/errors.ts';
import { done } from '../support/directory-sandbox.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;

beforeAll(async () => {
  product = await openProduct();
  for (const name of ['Ann', 'Bob', 'Eve', 'Zoe']) await product.source.add('user', name, mailUser(alias(name)));
  expect((await product.cycle()).counts).toMatchObject({ planned: 4, failed: 0, errors: 0 });
});

afterAll(() => product.dispose());

function alias(name: string): string {
  return `${name.toLowerCase()}.${product.name}`;
}

function address(name: string): string {
  return `${alias(name)}@contoso.test`;
}

function change(name: string, values: Readonly<Record<string, readonly string[]>>): Promise<void> {
  const changes = Object.entries(values).map(([attribute, list]): AttributeChange => ({
    operation: 'replace',
    attribute,
    values: list,
  }));
  return done(product.source.writer.modify({ dn: product.source.dn(name) }, changes));
}

/** Whose managed objects show an address. */
async function holders(of: string): Promise<string[]> {
  const objects = await product.managedObjects(['proxyAddresses']);
  const shows = (values: readonly string[] = []): boolean =>
    values.some((value) => value.toLowerCase() === `smtp:${address(of)}`);
  return [...objects].filter(([, entry]) => shows(entry.attributes['proxyAddresses'])).map(([name]) => name);
}

async function errors(): Promise<{ code: string; dn: string; otherDn: string | null }[]> {
  return (await listErrors(product.database, product.forest, 10)).map(({ code, dn, otherDn }) => ({
    code,
    dn,
    otherDn,
  }));
}

// Shows: Validation / a swap of addresses works in one cycle (samba)
test('two users swap their addresses in one cycle', async () => {
  await change('Ann', {
    mail: [address('bob')],
    proxyAddresses: [`SMTP:${address('bob')}`],
    mailNickname: [alias('bob')],
  });
  await change('Bob', {
    mail: [address('ann')],
    proxyAddresses: [`SMTP:${address('ann')}`],
    mailNickname: [alias('ann')],
  });
  expect((await product.cycle()).counts).toMatchObject({ planned: 2, failed: 0, errors: 0, unconfirmed: 0 });
  expect(await holders('ann')).toEqual(['Bob']);
  expect(await holders('bob')).toEqual(['Ann']);
});

// Shows: Validation / uniqueness by claims: an address that the managed forest still shows is not given away (samba)
test('an address that a frozen user gives up is not given to another while the managed forest still shows it', async () => {
  await change('Eve', {
    mail: [address('eve2')],
    proxyAddresses: [`SMTP:${address('eve2')}`],
    mailNickname: ['not a nickname'],
  });
  await change('Zoe', { proxyAddresses: [`SMTP:${address('zoe')}`, `smtp:${address('eve')}`] });
  await product.cycle();
  expect(await errors()).toEqual([
    { code: 'SE202', dn: product.source.dn('Eve'), otherDn: null },
    { code: 'SE303', dn: product.source.dn('Zoe'), otherDn: product.source.dn('Eve') },
  ]);
  expect(await holders('eve')).toEqual(['Eve']);
  await change('Eve', { mailNickname: [alias('eve')] });
  expect((await product.cycle()).counts).toMatchObject({ failed: 0, errors: 0 });
  expect(await holders('eve')).toEqual(['Zoe']);
});

// Shows: Validation / uniqueness by claims: a re-created user gets no second object with the same address (samba)
test('a user who is deleted and made again gets no second managed object with the same address', async () => {
  const { source } = product;
  const { guid } = (await product.managedObjects([])).get('Zoe') ?? { guid: '' };
  await done(source.writer.remove({ dn: source.dn('Zoe') }));
  const again = mailUser(alias('zoe'), { proxyAddresses: [`SMTP:${address('zoe')}`] });
  await source.add('user', 'Zoe', again);
  for (let cycle = 0; cycle < 3; cycle += 1) await product.cycle();
  expect((await errors()).map((error) => error.code)).toEqual(['SE821']);
  expect(await holders('zoe')).toEqual(['Zoe']);
  expect((await product.managedObjects([])).get('Zoe')?.guid).toBe(guid);
});
