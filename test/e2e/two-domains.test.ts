import { first } from '../../rules/objects.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import type { ForestHandle } from '../../scripts/stack/forest.ts';
import type { SyncCycleResult } from '../../workflows/sync-cycle.ts';
import { done, found, openSandbox, type Sandbox } from '../support/directory-sandbox.ts';
import { Ends } from '../support/ends.ts';
import { MoreForests } from '../support/more-forests.ts';
import { addMoved } from '../support/move-between-domains.ts';
import { aliasesOf, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

/**
 * Two domains of one forest. Samba can not make a child domain: a separately provisioned forest stands in for it, in which
 * the forest's account has an account of the same name and password.
 */
let forests: MoreForests;
let child: ForestHandle;
let there: Sandbox;
let product: Product;
let alias: (name: string) => string;

beforeAll(async () => {
  forests = await MoreForests.open();
  child = await forests.start('subsidiary');
  there = await openSandbox(child);
  const { service } = testStack().customer;
  const account = `CN=${child.service.account.split('@')[0] ?? ''},CN=Users,${child.namingContext}`;
  await done(
    there.writer.modify({ dn: account }, [
      { operation: 'replace', attribute: 'userPrincipalName', values: [service.account] },
      { operation: 'replace', attribute: 'unicodePwd', values: [quotedPassword(service.password)] },
    ]),
  );
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      forests: configuration.forests.map((forest) => ({
        ...forest,
        domains: [...forest.domains, { namingContext: child.namingContext, controllers: [child.url] }],
        scope: { ...forest.scope, include: [...forest.scope.include, there.ou] },
      })),
    }),
  });
  alias = aliasesOf(product);
  const { source } = product;
  await source.add('user', 'Ada', person('ada'));
  await there.add('user', 'Ben', person('ben'));
  for (const name of ['Cem', 'Dag', 'Eva', 'Fay', 'Hal']) await source.add('user', name, person(name.toLowerCase()));
  await source.add('group', 'All', mailGroup(alias('all')));
  expect((await product.cycle()).counts).toMatchObject({ whole: 2, planned: 8, failed: 0, unconfirmed: 0, stale: 0 });
});

// Each by itself: what one leaves when it fails, the next still ends.
afterAll(() => product.dispose());
afterAll(() => there.dispose());
afterAll(() => forests.dispose());

/** As unicodePwd takes it (MS-ADTS 3.1.1.3.1.5), in the image of a binary attribute. */
function quotedPassword(password: string): string {
  return Buffer.from(`"${password}"`, 'utf16le').toString('base64');
}

/** A person with a mailbox. */
function person(name: string, more: AttributeImage = {}): AttributeImage {
  return mailUser(alias(name), { extensionAttribute9: ['MBX=50GB;Type=EP2D;REG=EU;'], ...more });
}

function delta(): Promise<SyncCycleResult> {
  return product.cycle('delta');
}

interface Kept {
  readonly id: string;
  readonly managed: string | null;
  readonly state: string;
  readonly service: string | null;
  readonly namingContext: string;
}

/** What shall survive a move. */
async function kept(name: string): Promise<Kept> {
  const [row] = await product.database.query<Kept & { guid: string }>(
    `SELECT i.id, i.managed_guid AS managed, i.state, s.state AS service, o.naming_context AS "namingContext"
     FROM identity i JOIN source_object o ON o.forest_id = i.source_forest AND o.guid = i.source_guid LEFT JOIN service s ON s.identity_id = i.id
     WHERE i.cn = $1`,
    [name],
  );
  if (row === undefined) throw new Error(`${name} has no identity`);
  return row;
}

interface Leaving {
  readonly guid: string;
  readonly sid: string;
}

async function leaving(name: string): Promise<Leaving> {
  const { source } = product;
  const { guid, attributes } = await found(source.reader.read({ dn: source.dn(name) }, ['objectSid']));
  return { guid, sid: first(attributes, 'objectSid') ?? '' };
}

function remove({ guid }: Leaving): Promise<void> {
  return done(product.source.writer.remove({ guid }));
}

/** The person turns up in the other domain, with a new title. */
function arrive(name: string, { guid, sid }: Leaving): Promise<void> {
  const attributes = person(name.toLowerCase(), { title: ['Moved'] });
  return addMoved(child, there.dn(name), guid, sid, {
    ...attributes,
    objectClass: ['user'],
    sAMAccountName: [`${name.toLowerCase()}-moved`],
  });
}

const unchanged = (before: Kept): Kept => ({ ...before, namingContext: child.namingContext.toLowerCase() });

async function title(name: string): Promise<string | undefined> {
  return first((await product.managedObjects(['title'])).get(name)?.attributes ?? {}, 'title');
}

// Shows: Connector / several domains per forest: a cookie for each naming context (samba, two forests)
test('each domain has a cookie of its own, and a change in either is read by its delta', async () => {
  await done(
    there.writer.modify({ dn: there.dn('Ben') }, [{ operation: 'replace', attribute: 'title', values: ['Deputy'] }]),
  );
  expect((await delta()).counts).toMatchObject({ whole: 0, planned: 1, failed: 0, unconfirmed: 0 });
  const rows = await product.database.query<{ naming_context: string; controller: string }>(
    'SELECT naming_context, controller FROM watermark WHERE forest_id = $1 AND cookie IS NOT NULL ORDER BY 1',
    [product.forest],
  );
  expect(rows.map((row) => row.naming_context)).toEqual([
    product.source.namingContext.toLowerCase(),
    child.namingContext.toLowerCase(),
  ]);
});

// Shows: Connector / moves between domains: both seen in one cycle (samba, two forests)
test.each(['deleted first', 'added first'])(
  'a move that one cycle sees whole, %s: nothing is disconnected',
  async (order) => {
    const name = order === 'deleted first' ? 'Cem' : 'Dag';
    const before = await kept(name);
    const who = await leaving(name);
    if (order === 'deleted first') await remove(who);
    await arrive(name, who);
    if (order === 'added first') await remove(who);
    expect((await delta()).counts).toMatchObject({ whole: 0, planned: 1, failed: 0, unconfirmed: 0, open: 0 });
    expect(await kept(name)).toEqual(unchanged(before));
    expect(await title(name)).toBe('Moved');
    expect((await product.cycle()).counts).toMatchObject({ planned: 0, plannedReferences: 0 });
  },
);

// Shows: Connector / moves between domains: the add is seen a cycle before the delete (samba, two forests)
test('a move whose add is seen first: the delete in the old domain that comes later is not taken for one', async () => {
  const before = await kept('Eva');
  const who = await leaving('Eva');
  await arrive('Eva', who);
  expect((await delta()).counts).toMatchObject({ planned: 1, failed: 0 });
  // The old domain still shows her, and somebody changes her there.
  const change = { operation: 'replace', attribute: 'department', values: ['Old'] } as const;
  await done(product.source.writer.modify({ guid: who.guid }, [change]));
  expect((await delta()).counts).toMatchObject({ planned: 0 });
  await remove(who);
  expect((await delta()).counts).toMatchObject({ planned: 0 });
  expect(await kept('Eva')).toEqual(unchanged(before));
  expect(await title('Eva')).toBe('Moved');
});

// Shows: Connector / moves between domains: the delete is seen a cycle before the add (samba, two forests)
test('a move whose delete is seen first: with the add the identity, its managed object and its mailbox are back', async () => {
  const before = await kept('Fay');
  const who = await leaving('Fay');
  await remove(who);
  expect((await delta()).counts).toMatchObject({ failed: 0 });
  expect((await kept('Fay')).state).toBe('disconnected');
  await arrive('Fay', who);
  expect((await delta()).counts).toMatchObject({ failed: 0, unconfirmed: 0 });
  expect(await kept('Fay')).toEqual(unchanged(before));
  expect(await title('Fay')).toBe('Moved');
  expect([...(await product.managedObjects([])).keys()].filter((name) => name.startsWith('Fay'))).toEqual(['Fay']);
});

// Shows: Deprovisioning / given back to who returns in another domain: the same objectGUID (samba, two forests)
test('who turns up in the other domain after the mailbox was taken off has everything back', async () => {
  const ends = new Ends(product);
  await ends.are({ grace: '1s', retention: '1h' });
  const before = await ends.shown('Hal');
  expect(before).toMatchObject({ msExchRecipientTypeDetails: ['2'] });
  const who = await leaving('Hal');
  await remove(who);
  await delta();
  await ends.stage('Hal', 'retention');
  expect(await ends.shown('Hal')).toMatchObject({ msExchRecipientTypeDetails: ['128'] });
  await arrive('Hal', who);
  await delta();
  expect(await (await ends.workflow('Hal')).result()).toEqual({ outcome: 'given back' });
  expect((await delta()).counts).toMatchObject({ failed: 0, blocked: 0 });
  // The account has another SID there, and the mailbox is its own.
  const account = (await found(there.reader.read({ dn: there.dn('Hal') }, ['objectSid']))).attributes['objectSid'];
  expect(await ends.shown('Hal')).toEqual({ ...before, msExchMasterAccountSid: account });
  expect(await kept('Hal')).toMatchObject({ state: 'connected', service: 'provisioned' });
});

// Shows: Connector / a domain that is unreachable stops only itself (samba, two forests)
test('a domain that is down stops only itself: its staleness is shown, and nothing of it is absent', async () => {
  const before = await kept('Ben');
  await child.stop();
  await product.source.add('user', 'Gus', person('gus'));
  const stale = await product.cycle();
  expect(stale.counts).toMatchObject({ whole: 1, stale: 1, planned: 1, failed: 0 });
  expect(await kept('Ben')).toEqual(before);
  const domains = (): Promise<readonly { name: string; problem: string | null }[]> =>
    product.database.query(
      'SELECT naming_context AS name, problem FROM source_domain WHERE forest_id = $1 AND stale_since IS NOT NULL',
      [product.forest],
    );
  expect(await domains()).toEqual([
    { name: child.namingContext.toLowerCase(), problem: expect.stringContaining('nothing listens there') as string },
  ]);
  await child.start();
  expect((await delta()).counts).toMatchObject({ whole: 0, stale: 0, planned: 0 });
  expect(await domains()).toEqual([]);
});
