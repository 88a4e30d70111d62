import { objectCycleId } from '../../workflows/ids.ts';
import { itasca, itascaJson } from '../support/command.ts';
import { done } from '../support/directory-sandbox.ts';
import { recordHistory } from '../support/histories.ts';
import { mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
const guids = new Map<string, string>();

beforeAll(async () => {
  product = await openProduct();
  for (const name of ['Ada', 'Ben'])
    guids.set(
      name,
      await product.source.add(
        'user',
        name,
        mailUser(`${name}.${product.name}`.toLowerCase(), {
          title: ['Engineer'],
          extensionAttribute9: ['MBX=5GB;TYPE=EP2D;REG=NOWHERE'],
        }),
      ),
    );
  await product.source.add('group', 'Team', mailGroup(`team.${product.name}`, { member: [product.source.dn('Ada')] }));
  await product.cycle();
});

afterAll(() => product.dispose());

async function change(name: string, attribute: string, value: string): Promise<void> {
  await done(
    product.source.writer.modify({ dn: product.source.dn(name) }, [
      { operation: 'replace', attribute, values: [value] },
    ]),
  );
}

async function managed(attribute: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const objects = await product.managedObjects([attribute]);
  return Object.fromEntries([...objects].map(([name, entry]) => [name, entry.attributes[attribute] ?? []]));
}

// Shows: Command / sync --object reads one object, writes it, and leaves the others and the watermark to the next cycle (samba)
test('one object is read and written, the others with the next cycle', async () => {
  for (const name of ['Ada', 'Ben']) {
    await change(name, 'title', 'Director');
    await change(name, 'extensionAttribute9', 'MBX=5GB;TYPE=EP2D;REG=EU');
  }
  const { code, value } = await itascaJson(product, 'sync', '--object', `ada.${product.name}@contoso.test`);
  expect({ code, value }).toMatchObject({ code: 0, value: { outcome: 'completed', counts: { read: 1, changed: 1 } } });
  await recordHistory(
    product.temporal,
    objectCycleId(product.name, 'corp', guids.get('Ada') ?? ''),
    'sync-cycle-object',
  );
  expect(await managed('title')).toMatchObject({ Ada: ['Director'], Ben: ['Engineer'] });
  const mailboxes = await managed('msExchMailboxGuid');
  expect(mailboxes['Ada']).toHaveLength(1);
  expect(mailboxes['Ben']).toEqual([]);
  await product.cycle('delta');
  expect((await managed('title'))['Ben']).toEqual(['Director']);
});

// Shows: Command / sync --object looks again at a group and its members, also where nothing of it has changed (samba)
test('a group is looked at again with its members', async () => {
  await done(
    product.source.writer.modify({ dn: product.source.dn('Team') }, [
      { operation: 'add', attribute: 'member', values: [product.source.dn('Ben')] },
    ]),
  );
  const { code, out } = await itasca(product, 'sync', '--object', product.source.dn('Team'));
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/Cycle \d+ completed/) as string });
  const members = (await product.managedObjects(['member'])).get('Team')?.links['member'];
  expect(members).toHaveLength(2);
  const again = await itascaJson(product, 'sync', '--object', product.source.dn('Team'));
  expect(again.value).toMatchObject({ counts: { read: 1, changed: 0, evaluated: 1, planned: 0 } });
});

// Shows: Command / sync --object of an object that is gone ends nothing: it says that a delta finds out (samba)
test('an object that is not found is not taken for deleted', async () => {
  await done(product.source.writer.remove({ dn: product.source.dn('Ada') }));
  const { code, out } = await itasca(product, 'sync', '--object', guids.get('Ada') ?? '');
  expect(code).toBe(0);
  expect(out).toContain('not in the Customer Forest any more, or the account may not see it');
  const [row] = await product.database.query<{ state: string }>('SELECT state FROM identity WHERE source_guid = $1', [
    guids.get('Ada') ?? '',
  ]);
  expect(row?.state).toBe('connected');
  await product.cycle('delta');
  const gone = await itasca(product, 'object', 'explain', guids.get('Ada') ?? '');
  expect(gone.out).toContain('Gone from the Customer Forest');
});

// Shows: Command / sync --object: wrong input is one message (samba)
test('what can not be meant is said', async () => {
  const wrong = async (...words: readonly string[]): Promise<string> => {
    const { code, err } = await itasca(product, 'sync', ...words);
    expect(code).toBe(1);
    return err;
  };
  const mail = `ben.${product.name}@contoso.test`;
  await product.source.add('user', 'Twin', mailUser(`twin.${product.name}`, { mail: [mail] }));
  await product.cycle('delta');
  const twins = await wrong('--object', mail);
  expect(twins).toContain('means several objects');
  expect(twins).toContain(guids.get('Ben'));
  expect(await wrong('--object', product.source.dn('Ben'), '--full')).toContain('leave out --full or --object');
  expect(await wrong('--object', 'nobody@contoso.test')).toContain('Nothing is staged under "nobody@contoso.test"');
  expect(await wrong('--object', product.source.dn('Ben'), '--forest', 'other')).toContain('in the forest corp');
});
