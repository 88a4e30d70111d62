import { WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import type { AttributeImage } from '../../rules/attributes.ts';
import { first } from '../../rules/objects.ts';
import type { CaseAnswer } from '../../workflows/messages.ts';
import type { reconnectServices } from '../../workflows/reconnect-services.ts';
import { reconnectionId } from '../../workflows/ids.ts';
import { addMoved } from '../support/move-between-domains.ts';
import { done, found } from '../support/directory-sandbox.ts';
import { recordHistory } from '../support/histories.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { answer, caseOf, errorsOf, lasting, mailboxes, mailboxOf, RULES } from '../support/reconnecting.ts';
import { testStack } from '../support/stack.ts';

const MAILBOX_VALUE = 'MBX=5GB;TYPE=EP2D;REG=EU';

let product: Product;
/** Who there is, with the attributes of the account. */
const people = [
  'recreated',
  'restored',
  'early',
  'both',
  'twice',
  'moved',
  'planted',
  'boss',
  'undone',
  'named',
] as const;
type Person = (typeof people)[number];
const guids = new Map<string, string>();
const before = new Map<string, readonly (string | undefined)[]>();

const mailOf = (person: string): string => `${person}.${product.name}@contoso.test`;

function account(person: string, more: AttributeImage = {}): AttributeImage {
  return mailUser(`${person}.${product.name}`, {
    extensionAttribute9: [MAILBOX_VALUE],
    // Up to 16 characters (MS-ADA1).
    employeeID: [`${person.slice(0, 6)}${product.name}`],
    ...more,
  });
}

/** The same account without what says whose it is. */
function stranger(person: string, more: AttributeImage = {}): AttributeImage {
  const { employeeID: _, ...others } = account(person, more);
  return others;
}

function remove(name: string): Promise<void> {
  return done(product.source.writer.remove({ dn: product.source.dn(name) }));
}

async function sidOf(name: string): Promise<string> {
  const entry = await found(product.source.reader.read({ dn: product.source.dn(name) }, ['objectSid']));
  return first(entry.attributes, 'objectSid') ?? '';
}

beforeAll(async () => {
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      reconnection: {
        ...configuration.reconnection,
        rules: [...RULES],
        alwaysReview: [`boss.${configuration.customer}@contoso.test`],
      },
      deprovisioning: { ...configuration.deprovisioning, grace: '1d', retention: '1d', lookAgainEvery: '1s' },
    }),
  });
  for (const person of people) guids.set(person, await product.source.add('user', person, account(person)));
  expect((await product.cycle()).counts).toMatchObject({ provisioned: people.length, failed: 0 });
  for (const person of people) before.set(person, lasting(await mailboxOf(product, mailOf(person))));
});

afterAll(() => product.dispose());

/** The mailbox is the one that it was, and its owner's is the account of this name. */
async function expectOwner(person: Person, name: string): Promise<void> {
  const mailbox = await mailboxOf(product, mailOf(person));
  expect(lasting(mailbox)).toEqual(before.get(person));
  expect(first(mailbox?.attributes ?? {}, 'msExchMasterAccountSid')).toBe(await sidOf(name));
  const { guid } = await found(product.source.reader.read({ dn: product.source.dn(name) }, []));
  expect(first(mailbox?.attributes ?? {}, 'msExchImmutableId')).toBe(`${product.name}/corp/${guid}`);
}

// Shows: Reconnection / the account is deleted and created again: reconnected in the same cycle, the same mailbox (samba)
test('an account that is deleted and created again finds its mailbox in the same cycle', async () => {
  await remove('recreated');
  const again = await product.source.add('user', 'recreated', account('recreated', { displayName: ['Married'] }));
  const { counts } = await product.cycle('delta');
  expect(counts).toMatchObject({ reconnected: 1, toCreate: 0, disconnected: 0, failed: 0 });
  await expectOwner('recreated', 'recreated');
  const mailbox = await mailboxOf(product, mailOf('recreated'));
  expect(mailbox?.attributes['displayName']).toEqual(['Married']);
  expect(await caseOf(product, again).result()).toEqual({ outcome: 'reconnected' });
  expect(await mailboxes(product)).toBe(people.length);
  const [record] = await product.database.query<{ before: object; after: object; decided_by: string }>(
    "SELECT before, after, decided_by FROM reconnection WHERE guid = $1 AND state = 'reconnected'",
    [again],
  );
  expect(record).toMatchObject({
    decided_by: 'rule employeeID',
    before: { managed: mailbox?.guid, gone: true },
    after: { msExchMasterAccountSid: await sidOf('recreated') },
  });
  await recordHistory(product.temporal, caseOf(product, again).workflowId, 'reconnect-services-automatic');
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, reconnected: 0 });
});

// Shows: Reconnection / objectGUID changed by a restore: by sIDHistory (samba)
test('an account that a restore has given another objectGUID finds its mailbox by its former SID', async () => {
  const { guid, attributes } = await found(
    product.source.reader.read({ dn: product.source.dn('restored') }, ['objectSid', 'sAMAccountName']),
  );
  await remove('restored');
  const other = guid.replace(/^.{8}/, (digits) => digits.split('').reverse().join(''));
  await addMoved(
    testStack().customer as Parameters<typeof addMoved>[0],
    product.source.dn('restored'),
    other === guid ? guid.replace(/^./, 'f') : other,
    first(attributes, 'objectSid') ?? '',
    {
      objectClass: ['user'],
      sAMAccountName: attributes['sAMAccountName'] ?? [],
      ...stranger('restored', { mail: [mailOf('restored')] }),
    },
  );
  expect((await product.cycle('delta')).counts).toMatchObject({ reconnected: 1, toCreate: 0, disconnected: 0 });
  await expectOwner('restored', 'restored');
  expect(await mailboxes(product)).toBe(people.length);
});

// Shows: Reconnection / the new object comes before the old one goes: waits, and resolves itself (samba)
test('a new account that comes before the old one goes waits, and is reconnected when that goes', async () => {
  const guid = await product.source.add('user', 'early new', account('early'));
  expect((await product.cycle('delta')).counts).toMatchObject({ reconnected: 0, reconnectionCases: 1, toCreate: 0 });
  expect(await errorsOf(product, guid)).toEqual(['SE823']);
  await expectOwner('early', 'early');
  expect((await product.cycle('delta')).counts).toMatchObject({ reconnectionCases: 1, planned: 0 });
  await remove('early');
  expect((await product.cycle('delta')).counts).toMatchObject({
    reconnected: 1,
    reconnectionCases: 0,
    disconnected: 0,
  });
  expect(await errorsOf(product, guid)).toEqual([]);
  await expectOwner('early', 'early new');
  expect(await caseOf(product, guid).result()).toEqual({ outcome: 'reconnected' });
});

// Shows: Reconnection / both stay: nothing is created; an operator's approval moves the services and stops the old one's flow (samba)
test('where both stay nothing is created, until an operator approves; then the old one flows no more', async () => {
  const guid = await product.source.add('user', 'both new', account('both', { displayName: ['New'] }));
  await product.cycle('delta');
  expect(await errorsOf(product, guid)).toEqual(['SE823']);
  expect(await answer(product, guid, 'approve')).toBe('Approved. The next cycle of the forest reconnects it.');
  expect((await product.cycle('delta')).counts).toMatchObject({ reconnected: 1, disconnected: 0 });
  await expectOwner('both', 'both new');
  const change = { operation: 'replace', attribute: 'displayName', values: ['Old'] } as const;
  await done(product.source.writer.modify({ dn: product.source.dn('both') }, [change]));
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, reconnected: 0, toCreate: 0 });
  expect((await mailboxOf(product, mailOf('both')))?.attributes['displayName']).toEqual(['New']);
  expect(await mailboxes(product)).toBe(people.length);
  await caseOf(product, guid).result();
  await recordHistory(product.temporal, caseOf(product, guid).workflowId, 'reconnect-services-approved');
});

// Shows: Reconnection / two candidates: a case that names both; an operator chooses (samba)
test('two new accounts of one person are a case, of which an operator chooses', async () => {
  const one = await product.source.add('user', 'twice one', account('twice'));
  const two = await product.source.add('user', 'twice two', account('twice'));
  await remove('twice');
  const { counts } = await product.cycle('delta');
  expect(counts).toMatchObject({ reconnected: 0, reconnectionCases: 2, toCreate: 0 });
  expect(await errorsOf(product, one)).toEqual(['SE822']);
  expect(await errorsOf(product, two)).toEqual(['SE822']);
  expect(await answer(product, two, 'choose', { operator: 'ann', managed: mailOf('twice') })).toMatch(/^Approved/);
  expect((await product.cycle('delta')).counts).toMatchObject({ reconnected: 1, reconnectionCases: 1 });
  await expectOwner('twice', 'twice two');
  // The other one is a second account of the same person now.
  await product.cycle('delta');
  expect(await errorsOf(product, one)).toEqual(['SE823']);
  await remove('twice one');
  expect((await product.cycle('delta')).counts).toMatchObject({ reconnectionCases: 0 });
});

// Shows: Reconnection / the old one is only out of scope: waits, and the old one keeps its services when it comes back (samba)
test('while the old account is only out of scope the new one waits, and the old one finds its mailbox when it returns', async () => {
  const guid = await product.source.add('user', 'moved new', account('moved'));
  const { writer, ou } = product.source;
  await done(writer.rename({ dn: product.source.dn('moved') }, 'moved', `OU=Excluded,${ou}`));
  expect((await product.cycle('delta')).counts).toMatchObject({ reconnected: 0, toCreate: 0 });
  expect(await errorsOf(product, guid)).toEqual(['SE823']);
  await done(writer.rename({ dn: `CN=moved,OU=Excluded,${ou}` }, 'moved', ou));
  expect((await product.cycle('delta')).counts).toMatchObject({ reconnected: 0, toCreate: 0 });
  await expectOwner('moved', 'moved');
  await remove('moved new');
  await product.cycle('delta');
  await expectOwner('moved', 'moved');
});

// Shows: Reconnection / an attacker plants a mail address: a case at most, the mailbox stays whose it is (samba)
test('who plants the mail address of somebody is asked about, gets nothing, and is not asked about again once rejected', async () => {
  const guid = await product.source.add('user', 'attacker', stranger('planted'));
  await product.cycle('delta');
  expect(await errorsOf(product, guid)).toEqual(['SE823']);
  await expectOwner('planted', 'planted');
  expect(await answer(product, guid, 'reject')).toBe('Recorded. The next cycle takes the object as somebody new.');
  await product.cycle('delta');
  // As somebody new it may not have the address.
  expect(await errorsOf(product, guid)).toContain('SE303');
  await expectOwner('planted', 'planted');
  expect(await caseOf(product, guid).result()).toEqual({ outcome: 'closed' });
  await recordHistory(product.temporal, caseOf(product, guid).workflowId, 'reconnect-services-rejected');
  await remove('attacker');
  await product.cycle('delta');
});

// Shows: Reconnection / named objects (VIP) are always reviewed (samba)
test('one who is named is never reconnected without an operator, whatever the evidence', async () => {
  await remove('boss');
  const guid = await product.source.add('user', 'boss', account('boss'));
  expect((await product.cycle('delta')).counts).toMatchObject({ reconnected: 0, reconnectionCases: 1, toCreate: 0 });
  expect(await errorsOf(product, guid)).toEqual(['SE821']);
  await answer(product, guid, 'approve');
  expect((await product.cycle('delta')).counts).toMatchObject({ reconnected: 1 });
  await expectOwner('boss', 'boss');
});

// Shows: Reconnection / it can be undone while the old pointers exist (samba)
test('a reconnection that was wrong is undone: the old account has its mailbox again, the new one is somebody else', async () => {
  const guid = await product.source.add('user', 'undone new', account('undone'));
  await product.cycle('delta');
  await answer(product, guid, 'approve');
  await product.cycle('delta');
  await expectOwner('undone', 'undone new');
  expect(await caseOf(product, guid).result()).toEqual({ outcome: 'reconnected' });
  const workflow = { workflowId: reconnectionId(product.name, 'corp', guid), taskQueue: product.taskQueue };
  const again = await product.temporal.workflow.start<typeof reconnectServices>('reconnectServices', {
    ...workflow,
    workflowId: `${workflow.workflowId}-again`,
    args: [{ customer: product.name, object: mailOf('nobody') }],
  });
  expect(await again.result()).toEqual({ outcome: 'refused', reason: 'there is no such source object' });
  const said = await product.temporal.workflow.executeUpdateWithStart<typeof reconnectServices, string, [CaseAnswer]>(
    'undo',
    {
      args: [{ operator: 'ann' }],
      startWorkflowOperation: new WithStartWorkflowOperation<typeof reconnectServices>('reconnectServices', {
        ...workflow,
        args: [{ customer: product.name, forest: 'corp', object: guid }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    },
  );
  expect(said).toBe('Undone. The next cycles of both forests follow it.');
  await product.cycle('delta');
  await expectOwner('undone', 'undone');
  expect(await errorsOf(product, guid)).toContain('SE303');
  await recordHistory(product.temporal, caseOf(product, guid).workflowId, 'reconnect-services-undone');
  await remove('undone new');
  await product.cycle('delta');
});

// Shows: Reconnection / by an operator with a small JSON: managed and source object named; a wrong pair is refused (samba)
test('an operator starts the reconnection of two that no evidence joins; a wrong pair is refused with the reason', async () => {
  const { writer, ou } = product.source;
  const outside = `CN=named new,OU=Excluded,${ou}`;
  const value = { extensionAttribute9: [MAILBOX_VALUE] };
  await product.source.add('user', 'named new', mailUser(`named.new.${product.name}`, value));
  await done(writer.rename({ dn: product.source.dn('named new') }, 'named new', `OU=Excluded,${ou}`));
  const { guid } = await found(product.source.reader.read({ dn: outside }, []));
  let starts = 0;
  const start = async (object: string, managed: string): Promise<WorkflowHandle<typeof reconnectServices>> => {
    starts += 1;
    return product.temporal.workflow.start<typeof reconnectServices>('reconnectServices', {
      workflowId: `${reconnectionId(product.name, 'corp', guid)}-${String(starts)}`,
      taskQueue: product.taskQueue,
      args: [{ customer: product.name, object, managed, operator: 'ann' }],
    });
  };
  // Not read yet.
  expect(await (await start(guid, mailOf('named'))).result()).toEqual({
    outcome: 'refused',
    reason: 'there is no such source object',
  });
  await product.cycle('delta');
  expect(await (await start(mailOf('moved'), mailOf('named'))).result()).toMatchObject({
    outcome: 'refused',
    reason: expect.stringMatching(/^the source object has a managed object of its own/) as string,
  });
  expect(await (await start(guid, 'nobody@contoso.test')).result()).toMatchObject({
    outcome: 'refused',
    reason: 'there is no such managed object of this customer',
  });
  const right = await start(guid, mailOf('named'));
  await done(writer.rename({ dn: outside }, 'named new', ou));
  await waitFor(async () => (await stateOf(guid)) === 'approved');
  expect((await product.cycle('delta')).counts).toMatchObject({ reconnected: 1, toCreate: 0, disconnected: 0 });
  expect(await right.result()).toEqual({ outcome: 'reconnected' });
  const mailbox = await mailboxOf(product, `named.new.${product.name}@contoso.test`);
  expect(lasting(mailbox)).toEqual(before.get('named'));
  expect(first(mailbox?.attributes ?? {}, 'msExchMasterAccountSid')).toBe(await sidOf('named new'));
  expect(await mailboxes(product)).toBe(people.length);
});

async function stateOf(guid: string): Promise<string | undefined> {
  const [row] = await product.database.query<{ state: string }>('SELECT state FROM reconnection WHERE guid = $1', [
    guid,
  ]);
  return row?.state;
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries += 1) {
    if (tries > 200) throw new Error('it has not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
