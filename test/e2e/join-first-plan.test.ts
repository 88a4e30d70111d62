import { adoptedObjects } from '../../store/join-report.ts';
import type { decideJoin } from '../../workflows/decide-join.ts';
import { joinId } from '../../workflows/ids.ts';
import { approveUpdate } from '../../workflows/messages.ts';
import { startCycle, waitingList } from '../support/approval.ts';
import { done, found } from '../support/directory-sandbox.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
const guids = new Map<string, string>();
const NO_GUID = '00000000-0000-0000-0000-000000000000';

beforeAll(async () => {
  product = await openProduct({
    change: (configuration) => ({ ...configuration, guard: { ...configuration.guard, firstPlan: 'approve' } }),
  });
  for (const name of ['Ann', 'Bob', 'New']) {
    const guid = await product.source.add('user', name, mailUser(aliasesOf(product)(name.toLowerCase())));
    guids.set(name, guid);
    const { attributes } = await found(product.source.reader.read({ guid }, ['objectSid']));
    if (name === 'New') continue;
    await done(
      product.managed.add(`CN=mbx ${name},${product.managedOu}`, {
        objectClass: ['user'],
        sAMAccountName: [`${name}${product.name}`],
        userAccountControl: ['514'],
        msExchMasterAccountSid: attributes['objectSid'] ?? [],
      }),
    );
  }
});

afterAll(() => product.dispose());

async function anchors(): Promise<Record<string, string | undefined>> {
  const objects = await product.managedObjects(['msExchImmutableId']);
  return Object.fromEntries(
    [...objects].map(([name, { attributes }]) => [name, attributes['msExchImmutableId']?.[0]?.split('/').at(-1)]),
  );
}

// Shows: Join / a first cycle is a plan of what is adopted and created, which waits for approval (samba)
test('a first plan shows what it would adopt and create, and nothing is written before its approval', async () => {
  const handle = await startCycle(product, 'full');
  const list = await waitingList(handle);
  expect(list).toMatchObject({ changes: 3, whole: true });
  expect(await anchors()).toEqual({ 'mbx Ann': undefined, 'mbx Bob': undefined });
  const [run] = await product.database.query<{ id: string; counts: object }>('SELECT id, counts FROM run');
  expect(run?.counts).toMatchObject({ adopted: 2, toCreate: 1, unmatchedManaged: 0 });
  const adopted = await adoptedObjects(product.database, run?.id ?? '', NO_GUID, 10);
  expect(adopted.map(({ sourceDn, managedDn, rule }) => [sourceDn, managedDn, rule]).sort()).toEqual([
    [product.source.dn('Ann'), `CN=mbx Ann,${product.managedOu}`, 'masterAccountSid'],
    [product.source.dn('Bob'), `CN=mbx Bob,${product.managedOu}`, 'masterAccountSid'],
  ]);

  // The mailbox of Bob is somebody else's, says the operator.
  const object = guids.get('Bob') ?? '';
  const answer = await product.temporal.workflow.execute<typeof decideJoin>('decideJoin', {
    args: [{ customer: product.name, forest: 'corp', object, decision: 'create', operator: 'Olga' }],
    taskQueue: product.taskQueue,
    workflowId: joinId(product.name, 'corp', object),
  });
  expect(answer).toMatchObject({ outcome: 'recorded' });
  await handle.executeUpdate(approveUpdate, { args: [{ operator: 'Olga', hash: list.hash }] });
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  expect(await anchors()).toMatchObject({ 'mbx Ann': guids.get('Ann'), New: guids.get('New') });
});

// Shows: Join / an adoption that an operator took back before it was written is not made again (samba)
test('an adoption that was taken back before its approval is not written: the object is created anew', async () => {
  expect((await product.cycle()).counts).toMatchObject({ adopted: 0, planned: 1, failed: 0, unmatchedManaged: 1 });
  const shown = await anchors();
  expect(shown['mbx Bob']).toBeUndefined();
  expect(Object.values(shown).filter((guid) => guid === guids.get('Bob'))).toHaveLength(1);
  expect((await product.cycle()).counts).toMatchObject({ adopted: 0, planned: 0 });
});
