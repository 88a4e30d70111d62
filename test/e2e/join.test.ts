import type { AttributeImage } from '../../rules/attributes.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { listErrors } from '../../store/errors.ts';
import { forestId } from '../../store/forests.ts';
import { joinSummary, unmatchedManaged } from '../../store/join-report.ts';
import { joinReviews } from '../../store/join-reviews.ts';
import type { JoinDecisionOutcome } from '../../activities/types.ts';
import type { decideJoin } from '../../workflows/decide-join.ts';
import { joinId } from '../../workflows/ids.ts';
import { done, found } from '../support/directory-sandbox.ts';
import { recordHistory } from '../support/histories.ts';
import { aliasesOf, mailContact, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, removeBelow, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

let product: Product;
let alias: (name: string) => string;
/** Where the engine before has put its objects; an organizational unit of another customer; one of nobody. */
let old: string;
let others: string;
let nobodys: string;

/** The attribute in which the engine before kept its anchor: the objectGUID of the source object in base64. */
const OLD_ANCHOR = 'adminDescription';
/** objectGUIDs of source objects and of managed objects, by name. */
const source = new Map<string, string>();
const managed = new Map<string, string>();

beforeAll(async () => {
  const { namingContext } = testStack().managed;
  const place = (name: string): string => `OU=${name},OU=contoso,OU=Customers,${namingContext}`;
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      join: {
        ...configuration.join,
        containers: [place(`old-${configuration.customer}`)],
        rules: [
          { by: 'masterAccountSid', mode: 'auto' },
          { by: 'attributes', source: 'objectGUID', managed: OLD_ANCHOR, mode: 'auto' },
          { by: 'attributes', source: 'employeeID', managed: 'employeeID', mode: 'review' },
          { by: 'addresses', mode: 'review' },
        ],
      },
    }),
  });
  alias = aliasesOf(product);
  old = place(`old-${product.name}`);
  others = place(`others-${product.name}`);
  nobodys = place(`nobodys-${product.name}`);
  for (const ou of [old, others, nobodys]) await done(product.managed.add(ou, { objectClass: ['organizationalUnit'] }));
  const { configuration } = product;
  await applyConfiguration(product.database, {
    ...configuration,
    customer: `${product.name}x`,
    domains: [`${product.name}.example`],
    managed: { ...configuration.managed, ou: others },
  });
});

afterAll(async () => {
  for (const ou of [old, others, nobodys]) await removeBelow(product.managed, ou);
  await product.dispose();
});

/** Adds a user to the customer's forest; answers its SID as a managed object's attribute. */
async function sourceUser(name: string, more: AttributeImage = {}): Promise<AttributeImage> {
  const guid = await product.source.add('user', name, mailUser(alias(name.toLowerCase().replaceAll(' ', '')), more));
  source.set(name, guid);
  const { attributes } = await found(product.source.reader.read({ guid }, ['objectSid']));
  return { msExchMasterAccountSid: attributes['objectSid'] ?? [] };
}

/** Adds an object to the managed forest, as the engine before has left it. */
async function leftover(cn: string, attributes: AttributeImage, ou = old): Promise<void> {
  const account = { userAccountControl: ['514'], sAMAccountName: [`${cn}${product.name}`] };
  const dn = `CN=${cn},${ou}`;
  await done(product.managed.add(dn, { objectClass: ['user'], ...account, ...attributes }));
  managed.set(cn, (await found(product.managed.reader.read({ dn }, []))).guid);
}

function oldAnchor(name: string): AttributeImage {
  const pairs = (source.get(name) ?? '').replaceAll('-', '');
  const bytes = Buffer.from(pairs, 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return { [OLD_ANCHOR]: [bytes.toString('base64')] };
}

async function codes(): Promise<Record<string, string>> {
  const errors = await listErrors(product.database, product.forest, 100);
  return Object.fromEntries(errors.map(({ code, dn }) => [dn.slice(3, dn.indexOf(',')), code]));
}

async function details(name: string): Promise<{ details: string; otherDn: string | null } | undefined> {
  const errors = await listErrors(product.database, product.forest, 100);
  return errors.find(({ dn }) => dn === product.source.dn(name));
}

async function answer(
  name: string,
  decision: 'adopt' | 'create' | 'wait',
  target?: string,
): Promise<JoinDecisionOutcome> {
  const object = source.get(name) ?? '';
  return product.temporal.workflow.execute<typeof decideJoin>('decideJoin', {
    args: [
      {
        customer: product.name,
        forest: 'corp',
        object,
        decision,
        operator: 'Olga Operator',
        ...(target === undefined ? {} : { managed: managed.get(target) ?? target }),
      },
    ],
    taskQueue: product.taskQueue,
    workflowId: joinId(product.name, 'corp', object),
  });
}

test('a managed forest that another engine has filled is looked through before anything is created', async () => {
  await leftover('sid', await sourceUser('Ann'));
  await product.source.add('group', 'Team', mailGroup(alias('team'), { groupType: ['8'] }));
  source.set('Team', (await found(product.source.reader.read({ dn: product.source.dn('Team') }, []))).guid);
  const team = `CN=team,${old}`;
  await done(
    product.managed.add(team, {
      objectClass: ['group'],
      groupType: ['8'],
      sAMAccountName: [`team${product.name}`],
      ...oldAnchor('Team'),
    }),
  );
  managed.set('team', (await found(product.managed.reader.read({ dn: team }, []))).guid);

  const twice = await sourceUser('Twice');
  await leftover('twice1', twice);
  await leftover('twice2', twice);
  const one = await sourceUser('Rival one');
  await sourceUser('Rival two');
  await leftover('rival', { ...one, ...oldAnchor('Rival two') });
  await leftover('enabled', { ...(await sourceUser('Enabled')), userAccountControl: ['544'] });
  await leftover('away', await sourceUser('Away'), nobodys);
  await leftover('marked', { ...(await sourceUser('Marked')), msExchImmutableId: ['fim:4711'] });
  await leftover('others', await sourceUser('Of others'), others);
  await sourceUser('By number', { employeeID: [`7${product.name}`.slice(0, 16)] });
  await leftover('number', { employeeID: [`7${product.name}`.slice(0, 16)] });
  source.set('Partner', await product.source.add('contact', 'Partner', mailContact(alias('partner'))));
  await done(
    product.managed.add(`CN=partner,${old}`, {
      objectClass: ['contact'],
      mail: [`${alias('partner')}@partner.example`],
    }),
  );
  managed.set('partner', (await found(product.managed.reader.read({ dn: `CN=partner,${old}` }, []))).guid);
  source.set('Kind', await product.source.add('contact', 'Kind', mailContact(alias('kind'))));
  await leftover('kind', oldAnchor('Kind'));
  await leftover('nobody', {});
  await sourceUser('New');

  const result = await product.cycle();
  expect(result.counts).toMatchObject({ adopted: 2, toCreate: 2, joinReview: 2, failed: 0, unconfirmed: 0 });
});

// Shows: Join / msExchMasterAccountSid equal to the source objectSid: adopted where it is, anchored (samba)
// Shows: Join / a named attribute, the old engine's anchor: a group is adopted by it (samba)
test('a mailbox of the source account and a group with its old anchor are adopted where they are, and get our anchor', async () => {
  for (const [name, cn] of [
    ['Ann', 'sid'],
    ['Team', 'team'],
  ] as const) {
    const adopted = await found(
      product.managed.reader.read({ dn: `CN=${cn},${old}` }, ['msExchImmutableId', 'displayName', 'sAMAccountName']),
    );
    expect(adopted.guid).toBe(managed.get(cn));
    expect(adopted.attributes).toEqual({
      displayName: [alias(name.toLowerCase())],
      msExchImmutableId: [`${product.name}/corp/${source.get(name) ?? ''}`],
      sAMAccountName: [`${cn}${product.name}`],
    });
  }
});

// Shows: Join / several matches, or one already joined, are an error that names them, and nothing is created (samba)
test('what can not be decided is an error that names both sides, and nothing is created for it', async () => {
  expect(await codes()).toEqual({
    Twice: 'SE811',
    'Rival one': 'SE812',
    'Rival two': 'SE812',
    Enabled: 'SE813',
    Away: 'SE813',
    Marked: 'SE813',
    Kind: 'SE813',
    'By number': 'SE814',
    Partner: 'SE814',
  });
  expect((await details('Twice'))?.details).toMatch(/CN=twice1,.*CN=twice2,/);
  expect(await details('Rival one')).toMatchObject({ otherDn: product.source.dn('Rival two') });
  expect([...(await product.managedObjects([])).keys()].sort()).toEqual(['New', 'Of others']);
});

// Shows: Join / objects of another customer are no candidates and are not named (samba)
test("what matches in another customer's part is not looked at", async () => {
  const object = (await product.managedObjects(['msExchImmutableId'])).get('Of others');
  expect(object?.attributes['msExchImmutableId']).toEqual([`${product.name}/corp/${source.get('Of others') ?? ''}`]);
});

// Shows: Join / unmatched managed objects are reported, never touched (samba)
test('managed objects that are nobody’s are counted and listed, and stay as they are', async () => {
  const forest = await forestId(product.database, { side: 'managed', name: product.configuration.managed.name });
  const unmatched = await unmatchedManaged(
    product.database,
    forest,
    product.name,
    '00000000-0000-0000-0000-000000000000',
    50,
  );
  const names = unmatched.map(({ dn }) => dn.slice(3, dn.indexOf(','))).sort();
  expect(names).toEqual(['enabled', 'kind', 'marked', 'nobody', 'number', 'partner', 'rival', 'twice1', 'twice2']);
  const nobody = await found(product.managed.reader.read({ dn: `CN=nobody,${old}` }, ['whenCreated', 'whenChanged']));
  expect(nobody.attributes['whenChanged']).toEqual(nobody.attributes['whenCreated']);
  const [run] = await product.database.query<{ id: string }>('SELECT max(id) AS id FROM run');
  expect(await joinSummary(product.database, run?.id ?? '')).toEqual({
    adopted: 2,
    created: 2,
    changed: 2,
    unmatchedSource: 9,
    unmatchedManaged: 9,
  });
});

test('a cycle after which nobody has answered plans nothing, and keeps asking', async () => {
  const result = await product.cycle();
  expect(result.counts).toMatchObject({ adopted: 0, toCreate: 0, joinReview: 2, unmatchedManaged: 9, planned: 0 });
});

// Shows: Join / an operator decides: adopt, create new, wait; what can not be followed is refused (samba)
test('an operator adopts one of several, has a new object created, or waits; what can not be is refused', async () => {
  const candidates = expect.arrayContaining([
    { managed: managed.get('twice1'), rule: 'masterAccountSid' },
    { managed: managed.get('twice2'), rule: 'masterAccountSid' },
  ]) as unknown;
  expect(await answer('Twice', 'wait')).toEqual({ outcome: 'recorded', candidates });
  expect(await answer('Twice', 'adopt', 'twice2')).toMatchObject({ outcome: 'recorded' });
  expect(await answer('Partner', 'adopt', 'partner')).toMatchObject({ outcome: 'recorded' });
  expect(await answer('By number', 'create')).toMatchObject({ outcome: 'recorded' });
  expect(await answer('Rival two', 'create')).toMatchObject({ outcome: 'recorded' });
  expect(await answer('Away', 'adopt', 'away')).toMatchObject({ outcome: 'recorded' });

  expect(await answer('Enabled', 'adopt', 'enabled')).toMatchObject({ outcome: 'refused', reason: /^SE813/ });
  expect(await answer('Kind', 'adopt', 'kind')).toMatchObject({ outcome: 'refused' });
  expect(await answer('New', 'create')).toMatchObject({ outcome: 'refused' });
  const hidden = { outcome: 'refused', reason: 'there is no such managed object' };
  expect(await answer('Marked', 'adopt', 'others')).toEqual(hidden);
  expect(await answer('Marked', 'adopt', '99999999-9999-4999-8999-999999999999')).toEqual(hidden);
  await recordHistory(
    product.temporal,
    joinId(product.name, 'corp', source.get('Partner') ?? ''),
    'decide-join-recorded',
  );
  await recordHistory(product.temporal, joinId(product.name, 'corp', source.get('Kind') ?? ''), 'decide-join-refused');
});

// Shows: Join / a decision is remembered and not asked again (samba)
test('the next cycle follows the answers, and does not ask again', async () => {
  const result = await product.cycle();
  expect(result.counts).toMatchObject({ adopted: 4, toCreate: 2, joinReview: 0, failed: 0, unconfirmed: 0 });
  const anchors = async (cn: string, ou = old): Promise<unknown> =>
    (await found(product.managed.reader.read({ dn: `CN=${cn},${ou}` }, ['msExchImmutableId']))).attributes[
      'msExchImmutableId'
    ];
  const anchor = (name: string): string[] => [`${product.name}/corp/${source.get(name) ?? ''}`];
  expect(await anchors('twice2')).toEqual(anchor('Twice'));
  expect(await anchors('twice1')).toBeUndefined();
  expect(await anchors('rival')).toEqual(anchor('Rival one'));
  expect(await anchors('partner')).toEqual(anchor('Partner'));
  expect(await anchors('number')).toBeUndefined();
  expect(await codes()).toEqual({ Enabled: 'SE813', Marked: 'SE813', Kind: 'SE813' });
  expect([...(await product.managedObjects([])).keys()].sort()).toEqual(['By number', 'New', 'Of others', 'Rival two']);
  const answered = await joinReviews(product.database, product.forest, 'approved', 10);
  expect(answered.map(({ sourceDn, operator }) => [sourceDn, operator])).toContainEqual([
    product.source.dn('Partner'),
    'Olga Operator',
  ]);
  expect((await product.cycle()).counts).toMatchObject({ adopted: 0, toCreate: 0, joinReview: 0, planned: 0 });
});

// Shows: Drift / an anchor that somebody cleared is written again (samba)
test('an anchor that somebody cleared by hand is put back', async () => {
  const dn = `CN=sid,${old}`;
  await done(product.managed.modify({ dn }, [{ operation: 'replace', attribute: 'msExchImmutableId', values: [] }]));
  expect((await product.cycle()).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
  const { attributes } = await found(product.managed.reader.read({ dn }, ['msExchImmutableId']));
  expect(attributes['msExchImmutableId']).toEqual([`${product.name}/corp/${source.get('Ann') ?? ''}`]);
});
