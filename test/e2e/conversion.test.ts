import type { AttributeImage } from '../../rules/attributes.ts';
import { listErrors } from '../../store/errors.ts';
import type { convertRecipient, ConversionResult } from '../../workflows/convert-recipient.ts';
import { conversionId } from '../../workflows/ids.ts';
import { retryUpdate, skipUpdate } from '../../workflows/messages.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { done, found } from '../support/directory-sandbox.ts';
import { recordHistory } from '../support/histories.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;

const LINKED = 'MBX=2GB;TYPE=KIOSK';
const ROOM = 'MBX=10GB;TYPE=RESOURCE;RESMBX=roomrba(CAP=15)';
const SHARED = 'MBX=25GB;TYPE=SHARED';
const MAILBOX = [
  'homeMDB',
  'msExchMailboxGuid',
  'legacyExchangeDN',
  'msExchWhenMailboxCreated',
  'msExchMasterAccountSid',
  'msExchRecipientTypeDetails',
  'msExchRecipientDisplayType',
  'msExchResourceMetaData',
  'msExchResourceSearchProperties',
  'msExchResourceDisplay',
  'msExchResourceCapacity',
  'mDBOverHardQuotaLimit',
];
/** What a mailbox keeps whatever kind it is of. */
const FOR_LIFE = ['msExchMailboxGuid', 'legacyExchangeDN', 'msExchWhenMailboxCreated'];

beforeAll(async () => {
  product = await openProduct();
  const alias = aliasesOf(product);
  const user = (name: string, value: string): Promise<string> =>
    product.source.add('user', name, mailUser(alias(name), { extensionAttribute9: [value] }));
  await user('person', LINKED);
  await user('team', SHARED);
  await user('gone', LINKED);
  await user('kept', LINKED);
  await product.cycle();
});

afterAll(() => product.dispose());

async function mailbox(name: string): Promise<{ readonly attributes: AttributeImage; readonly database: string }> {
  const entry = (await product.managedObjects(MAILBOX)).get(name);
  const named = MAILBOX.flatMap((attribute) => {
    const values = entry?.attributes[attribute];
    return values === undefined ? [] : [[attribute, values] as const];
  });
  return { attributes: Object.fromEntries(named), database: entry?.links['homeMDB']?.[0]?.dn ?? '' };
}

function forLife({ attributes }: Awaited<ReturnType<typeof mailbox>>): AttributeImage {
  return Object.fromEntries(FOR_LIFE.map((name) => [name, attributes[name] ?? []]));
}

async function ask(name: string, value: string): Promise<void> {
  await done(
    product.source.writer.modify({ dn: product.source.dn(name) }, [
      { operation: 'replace', attribute: 'extensionAttribute9', values: [value] },
    ]),
  );
  await product.cycle('delta');
}

async function identityOf(name: string): Promise<string> {
  const [row] = await product.database.query<{ id: string }>('SELECT id FROM identity WHERE cn = $1', [name]);
  return row?.id ?? '';
}

async function errorsOf(name: string): Promise<readonly string[]> {
  const errors = await listErrors(product.database, product.forest, 20);
  return errors.filter(({ dn }) => dn === product.source.dn(name)).map(({ code, details }) => `${code}: ${details}`);
}

async function convert(name: string, to: string) {
  const identity = await identityOf(name);
  return product.temporal.workflow.start<typeof convertRecipient>('convertRecipient', {
    args: [{ customer: product.name, forest: 'corp', identity, to, operator: 'olga' }],
    taskQueue: product.taskQueue,
    workflowId: conversionId(product.name, identity),
  });
}

/** Waits until a conversion waits for a correction. */
async function waiting(handle: Awaited<ReturnType<typeof convert>>): Promise<void> {
  for (;;) {
    const { typedSearchAttributes: attributes } = await handle.describe();
    if (attributes.get(searchAttributes.status) === 'AwaitingCorrection') return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

// Shows: Conversion / a later change of the type is an error with the way to convert it, and converts nothing (samba)
test('a mailbox stays of the kind that it was first provisioned as, and the object says how it is converted', async () => {
  const before = await mailbox('person');
  await ask('person', ROOM);
  expect(await mailbox('person')).toEqual(before);
  expect(await errorsOf('person')).toEqual([
    `PE403: the mailbox is of the kind linked, asked for is room; id of the conversion: ${conversionId(product.name, await identityOf('person'))}`,
  ]);
});

test('a conversion to a kind that the source object does not ask for is refused', async () => {
  const handle = await convert('person', 'shared');
  const result: ConversionResult = await handle.result();
  expect(result).toEqual({
    outcome: 'refused',
    reason: 'the source object asks for room; set the attribute first',
  });
  await recordHistory(product.temporal, handle.workflowId, 'convert-recipient-refused');
});

// Shows: Conversion / linked mailbox to room and back, attribute by attribute; database, GUID and X500 stay (samba)
test('an operator has a linked mailbox become a room and a linked one again; it is the same mailbox', async () => {
  const linked = await mailbox('person');
  const handle = await convert('person', 'room');
  expect(await handle.result()).toEqual({ outcome: 'converted' });
  await recordHistory(product.temporal, handle.workflowId, 'convert-recipient-converted');
  const room = await mailbox('person');
  expect(room).toEqual({
    database: linked.database,
    attributes: {
      ...forLife(linked),
      msExchMasterAccountSid: ['S-1-5-10'],
      msExchRecipientTypeDetails: ['16'],
      msExchRecipientDisplayType: ['7'],
      msExchResourceMetaData: ['ResourceType:Room'],
      msExchResourceSearchProperties: ['Room'],
      msExchResourceDisplay: ['Room'],
      msExchResourceCapacity: ['15'],
      mDBOverHardQuotaLimit: ['10485760'],
    },
  });
  expect(await errorsOf('person')).toEqual([]);
  const rules = await product.database.query<{ rule: string }>(
    "SELECT rule FROM planned_change WHERE stage = 'services' AND identity_id = $1 ORDER BY id DESC LIMIT 1",
    [await identityOf('person')],
  );
  expect(rules[0]?.rule).toContain('convert room');
  await product.cycle('delta');
  expect(await mailbox('person')).toEqual(room);

  await ask('person', LINKED);
  expect(await errorsOf('person')).toHaveLength(1);
  expect(await (await convert('person', 'linked')).result()).toEqual({ outcome: 'converted' });
  expect(await mailbox('person')).toEqual(linked);
});

// Shows: Conversion / shared mailbox to linked: the source account owns it (samba)
test('a shared mailbox that becomes a linked one belongs to the source account', async () => {
  const shared = await mailbox('team');
  expect(shared.attributes).toMatchObject({ msExchRecipientTypeDetails: ['4'], msExchMasterAccountSid: ['S-1-5-10'] });
  await ask('team', LINKED);
  expect(await (await convert('team', 'linked')).result()).toEqual({ outcome: 'converted' });
  const source = await found(product.source.reader.read({ dn: product.source.dn('team') }, ['objectSid']));
  expect(await mailbox('team')).toEqual({
    database: shared.database,
    attributes: {
      ...forLife(shared),
      msExchMasterAccountSid: source.attributes['objectSid'],
      msExchRecipientTypeDetails: ['2'],
      msExchRecipientDisplayType: ['1073741824'],
      mDBOverHardQuotaLimit: ['2097152'],
    },
  });
});

// Shows: Conversion / one that is refused waits for a correction and goes on (samba)
test('a conversion of an object that somebody has deleted waits, and goes on once a cycle has brought it back', async () => {
  await ask('gone', SHARED);
  const before = await mailbox('gone');
  const [row] = await product.database.query<{ guid: string }>(
    'SELECT managed_guid AS guid FROM identity WHERE cn = $1',
    ['gone'],
  );
  await done(product.managed.remove({ guid: row?.guid ?? '' }));
  const handle = await convert('gone', 'shared');
  await waiting(handle);
  expect(await errorsOf('gone')).toEqual([expect.stringContaining('PE901')]);
  await product.cycle('delta');
  await handle.executeUpdate(retryUpdate);
  expect(await handle.result()).toEqual({ outcome: 'converted' });
  await recordHistory(product.temporal, handle.workflowId, 'convert-recipient-corrected');
  const after = await mailbox('gone');
  expect(after.attributes).toMatchObject({ ...forLife(before), msExchRecipientTypeDetails: ['4'] });
  expect(await errorsOf('gone')).toEqual([]);
});

// Shows: Conversion / one that is given up leaves the mailbox of its former kind (samba)
test('a conversion that is given up leaves the mailbox as it was, and the error comes back', async () => {
  await ask('kept', SHARED);
  const before = await mailbox('kept');
  const [row] = await product.database.query<{ guid: string }>(
    'SELECT managed_guid AS guid FROM identity WHERE cn = $1',
    ['kept'],
  );
  await done(product.managed.remove({ guid: row?.guid ?? '' }));
  const handle = await convert('kept', 'shared');
  await waiting(handle);
  await handle.executeUpdate(skipUpdate);
  expect(await handle.result()).toEqual({ outcome: 'given up', code: 'PE901' });
  await recordHistory(product.temporal, handle.workflowId, 'convert-recipient-given-up');
  await product.cycle('delta');
  expect(await mailbox('kept')).toEqual(before);
  expect(await errorsOf('kept')).toEqual([expect.stringContaining('PE403')]);
});
