import type { WorkflowHandle } from '@temporalio/client';
import type { DirectoryEntry } from '../../directory/entries.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import { HOLDING_ATTRIBUTES } from '../../rules/deprovisioned.ts';
import { deprovisionId } from '../../workflows/ids.ts';
import type { deprovisionObject } from '../../workflows/deprovision-object.ts';
import { done } from '../support/directory-sandbox.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;

const settings = { grace: '1s', retention: '6s', lookAgainEvery: '1s' } as const;

beforeAll(async () => {
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      deprovisioning: { ...configuration.deprovisioning, ...settings },
    }),
  });
  for (const name of ['leaves', 'returns', 'asks', 'held', 'delayed'])
    await product.source.add(
      'user',
      name,
      mailUser(`${name}.${product.name}`, { extensionAttribute9: ['MBX=5GB;TYPE=EP2D;REG=EU'] }),
    );
  await product.cycle();
});

afterAll(() => product.dispose());

async function shown(name: string): Promise<AttributeImage | null> {
  const entry: DirectoryEntry | undefined = (await product.managedObjects(HOLDING_ATTRIBUTES)).get(name);
  if (entry === undefined) return null;
  return Object.fromEntries(
    HOLDING_ATTRIBUTES.map((attribute): [string, readonly string[]] => [
      attribute,
      entry.links[attribute]?.map((target) => target.dn) ?? entry.attributes[attribute] ?? [],
    ]).filter(([, values]) => values.length > 0),
  );
}

async function endOf(name: string): Promise<WorkflowHandle<typeof deprovisionObject>> {
  const [row] = await product.database.query<{ id: string }>('SELECT id FROM identity WHERE cn = $1', [name]);
  return product.temporal.workflow.getHandle(deprovisionId(product.name, row?.id ?? ''));
}

// Shows: Deprovisioning / out of scope: full removal after grace and retention (samba)
test('an object that leaves the scope is undone after the grace time and deleted after the retention time', async () => {
  const before = await shown('leaves');
  expect(before).toMatchObject({ msExchRecipientTypeDetails: ['2'] });
  await done(
    product.source.writer.rename({ dn: product.source.dn('leaves') }, 'leaves', `OU=Excluded,${product.source.ou}`),
  );
  await product.cycle('delta');
  const end = await endOf('leaves');
  await until(async () => (await shown('leaves'))?.['homeMDB'] === undefined);
  expect(await shown('leaves')).toMatchObject({
    msExchPreviousHomeMDB: before?.['homeMDB'],
    msExchPreviousMailboxGuid: before?.['msExchMailboxGuid'],
    msExchPreviousRecipientTypeDetails: ['2'],
    msExchRecipientTypeDetails: ['128'],
    msExchHideFromAddressLists: ['TRUE'],
  });
  expect(await end.result()).toEqual({ outcome: 'done' });
  expect(await shown('leaves')).toBeNull();
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries += 1) {
    if (tries > 200) throw new Error('it has not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
