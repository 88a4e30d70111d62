import { listErrors } from '../../store/errors.ts';
import { provisionId } from '../../workflows/ids.ts';
import { done, found } from '../support/directory-sandbox.ts';
import { recordHistory } from '../support/histories.ts';
import { aliasesOf, mailContact, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
const SECURITY_GROUP = '-2147483646';
const photo = Buffer.from('ffd8ffe000104a46494600ffd9', 'hex').toString('base64');

beforeAll(async () => {
  product = await openProduct();
  const { source } = product;
  const alias = aliasesOf(product);
  const chief = await source.add('user', 'Böhm, Käthe', mailUser(alias('boehm'), { thumbnailPhoto: [photo] }));
  const worker = await source.add(
    'user',
    'Ørsted + Łukasz #1',
    mailUser(alias('orsted'), { title: ['Engineer'], manager: [`<GUID=${chief}>`] }),
  );
  await source.add(
    'user',
    'Mailbox, Mia',
    mailUser(alias('mia'), { extensionAttribute9: ['MBX=50GB;Type=EP2D;REG=EU;'] }),
  );
  await source.add('user', 'Bad nick', mailUser(alias('badnick'), { mailNickname: ['bad nick'] }));
  await source.add('user', 'Twin one', mailUser(alias('twin')));
  // The older of two claimants gets the address; whenCreated counts in seconds.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await source.add(
    'user',
    'Twin two',
    mailUser(alias('twin2'), {
      proxyAddresses: [`smtp:${alias('twin')}@contoso.test`, `SMTP:${alias('twin2')}@contoso.test`],
    }),
  );
  await source.add('user', 'Without mail', { userAccountControl: ['544'] });
  const contact = await source.add('contact', 'Partner', mailContact(alias('partner')));
  const inner = await source.add('group', 'Inner', mailGroup(alias('inner'), { groupType: [SECURITY_GROUP] }));
  await source.add(
    'group',
    'Outer',
    mailGroup(alias('outer'), {
      managedBy: [`<GUID=${chief}>`],
      member: [inner, worker, contact].map((guid) => `<GUID=${guid}>`),
    }),
  );
  await done(
    source.writer.modify({ guid: inner }, [{ operation: 'add', attribute: 'member', values: [`<GUID=${chief}>`] }]),
  );
});

afterAll(() => product.dispose());

// Shows: Objects / users, contacts, distribution and mail-enabled security groups, nested groups (samba)
test('the first cycle makes logon-disabled copies, groups with their members, and mailboxes where asked', async () => {
  const result = await product.cycle();
  expect(result).toMatchObject({
    outcome: 'completed',
    counts: { planned: 7, failed: 0, unconfirmed: 0, provisioned: 1, blocked: 0 },
  });

  const objects = await product.managedObjects([
    'objectClass',
    'userAccountControl',
    'groupType',
    'mail',
    'title',
    'thumbnailPhoto',
    'proxyAddresses',
    'manager',
    'managedBy',
    'member',
    'msExchImmutableId',
  ]);
  expect([...objects.keys()].sort()).toEqual(
    ['Böhm, Käthe', 'Inner', 'Mailbox, Mia', 'Outer', 'Partner', 'Twin one', 'Ørsted + Łukasz #1'].sort(),
  );
  const at = (name: string): ReturnType<typeof objects.get> => objects.get(name);
  for (const name of ['Böhm, Käthe', 'Mailbox, Mia', 'Twin one', 'Ørsted + Łukasz #1'])
    expect(at(name)?.attributes['userAccountControl']).toEqual(['514']);
  expect(at('Böhm, Käthe')?.attributes['thumbnailPhoto']).toEqual([photo]);
  expect(at('Ørsted + Łukasz #1')?.attributes['title']).toEqual(['Engineer']);
  expect(at('Ørsted + Łukasz #1')?.links['manager']?.[0]?.guid).toBe(at('Böhm, Käthe')?.guid);
  expect(at('Partner')?.attributes['objectClass']).toContain('contact');
  expect(at('Inner')?.attributes['groupType']).toEqual(['-2147483640']);
  expect(at('Outer')?.attributes['groupType']).toEqual(['8']);
  const guids = (names: readonly string[]): (string | undefined)[] => names.map((name) => at(name)?.guid).sort();
  expect(
    at('Outer')
      ?.links['member']?.map((target) => target.guid)
      .sort(),
  ).toEqual(guids(['Inner', 'Ørsted + Łukasz #1', 'Partner']));
  expect(at('Inner')?.links['member']?.map((target) => target.guid)).toEqual(guids(['Böhm, Käthe']));
  expect(at('Outer')?.links['managedBy']?.[0]?.guid).toBe(at('Böhm, Käthe')?.guid);
});

// Shows: Objects / each managed object carries customer, forest and source objectGUID (samba)
test('each managed object carries customer, forest and source objectGUID', async () => {
  const source = await found(product.source.reader.read({ dn: product.source.dn('Partner') }, []));
  const managed = (await product.managedObjects(['msExchImmutableId'])).get('Partner');
  expect(managed?.attributes['msExchImmutableId']).toEqual([`${product.name}/corp/${source.guid}`]);
});

test('a linked mailbox belongs to the source account and has its database, GUID, types and quotas', async () => {
  const source = await found(product.source.reader.read({ dn: product.source.dn('Mailbox, Mia') }, ['objectSid']));
  const attributes = [
    'msExchMasterAccountSid',
    'msExchMailboxGuid',
    'homeMDB',
    'msExchRecipientTypeDetails',
    'msExchRecipientDisplayType',
    'legacyExchangeDN',
    'mDBUseDefaults',
    'mDBStorageQuota',
    'mDBOverQuotaLimit',
    'mDBOverHardQuotaLimit',
    'showInAddressBook',
    'msExchUserAccountControl',
  ];
  const mailbox = (await product.managedObjects(attributes)).get('Mailbox, Mia');
  expect(mailbox?.attributes).toMatchObject({
    msExchMasterAccountSid: source.attributes['objectSid'],
    msExchRecipientTypeDetails: ['2'],
    msExchRecipientDisplayType: ['1073741824'],
    msExchUserAccountControl: ['2'],
    mDBUseDefaults: ['FALSE'],
    // 98, 99 and 100 % of 50 GiB, in KiB.
    mDBStorageQuota: ['51380224'],
    mDBOverQuotaLimit: ['51904512'],
    mDBOverHardQuotaLimit: ['52428800'],
  });
  expect(mailbox?.attributes['msExchMailboxGuid']?.[0]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(mailbox?.attributes['legacyExchangeDN']?.[0]).toMatch(/^\/o=Fabrikam\/.+\/cn=Recipients\/cn=[0-9a-f]{32}$/);
  expect(mailbox?.links['homeMDB']?.[0]?.dn).toMatch(/^CN=EU-DB0[12],/);
  expect(mailbox?.links['showInAddressBook']).toHaveLength(2);
});

// Shows: Validation / an error stops its object and no other; in a conflict both objects are named (samba)
test('objects with mistakes end in an error that names them and the other object, and stop nobody else', async () => {
  const errors = await listErrors(product.database, product.forest, 10);
  expect(errors.map(({ code, dn, otherDn }) => ({ code, dn, otherDn }))).toEqual([
    { code: 'SE202', dn: product.source.dn('Bad nick'), otherDn: null },
    { code: 'SE303', dn: product.source.dn('Twin two'), otherDn: product.source.dn('Twin one') },
  ]);
});

// Shows: Evaluation / a delta in which nothing changed plans nothing (samba)
test('a cycle after which nothing changed plans nothing', async () => {
  const result = await product.cycle();
  expect(result.counts).toMatchObject({ planned: 0, plannedReferences: 0, started: 0 });
});

// Shows: Evaluation / a delta evaluates the changed objects and those that depend on them, nothing else (samba)
test('changes in the customer forest show in the managed one after the next cycle, and only they', async () => {
  const { source } = product;
  const dn = source.dn('Ørsted + Łukasz #1');
  const alias = aliasesOf(product);
  await done(
    source.writer.modify({ dn }, [
      { operation: 'replace', attribute: 'title', values: [] },
      { operation: 'replace', attribute: 'telephoneNumber', values: ['+45 1'] },
      {
        operation: 'replace',
        attribute: 'proxyAddresses',
        values: [`SMTP:new.${alias('orsted')}@contoso.test`, `smtp:${alias('orsted')}@contoso.test`],
      },
      { operation: 'replace', attribute: 'mail', values: [`new.${alias('orsted')}@contoso.test`] },
    ]),
  );
  await done(
    source.writer.modify({ dn: source.dn('Outer') }, [
      { operation: 'delete', attribute: 'member', values: [source.dn('Partner')] },
    ]),
  );
  const result = await product.cycle();
  expect(result.counts).toMatchObject({
    planned: 1,
    plannedReferences: 1,
    written: 2,
    failed: 0,
    unconfirmed: 0,
  });
  const objects = await product.managedObjects(['title', 'telephoneNumber', 'proxyAddresses', 'member']);
  const changed = objects.get('Ørsted + Łukasz #1');
  expect(changed?.attributes['title']).toBeUndefined();
  expect(changed?.attributes['telephoneNumber']).toEqual(['+45 1']);
  expect(changed?.attributes['proxyAddresses']).toEqual([
    `SMTP:new.${alias('orsted')}@contoso.test`,
    `smtp:${alias('orsted')}@contoso.test`,
  ]);
  expect(objects.get('Outer')?.links['member']).toHaveLength(2);
});

// Shows: Validation / errors clear themselves (samba)
test('an error clears itself when the customer has mended the object', async () => {
  const { source } = product;
  await done(
    source.writer.modify({ dn: source.dn('Bad nick') }, [
      { operation: 'replace', attribute: 'mailNickname', values: [aliasesOf(product)('goodnick')] },
    ]),
  );
  await done(
    source.writer.modify({ dn: source.dn('Twin one') }, [
      { operation: 'replace', attribute: 'proxyAddresses', values: [] },
      { operation: 'replace', attribute: 'mail', values: [`other.${aliasesOf(product)('twin')}@contoso.test`] },
    ]),
  );
  const result = await product.cycle();
  expect(result.counts).toMatchObject({ errors: 0, failed: 0, unconfirmed: 0 });
  expect(await listErrors(product.database, product.forest, 10)).toEqual([]);
  const objects = await product.managedObjects(['proxyAddresses']);
  expect(objects.get('Twin two')?.attributes['proxyAddresses']).toContain(
    `smtp:${aliasesOf(product)('twin')}@contoso.test`,
  );
  expect(objects.has('Bad nick')).toBe(true);
});

// Shows: Objects / members out of scope are left out and come in when they enter scope (samba)
test('a member that leaves scope keeps its object and, within the grace time, its membership', async () => {
  const { source } = product;
  const name = 'Ørsted + Łukasz #1';
  const before = (await product.managedObjects([])).get(name)?.guid;
  await done(source.writer.rename({ dn: source.dn(name) }, name, `OU=Excluded,${source.ou}`));
  expect((await product.cycle()).counts).toMatchObject({ disconnected: 1, plannedReferences: 0 });
  expect((await product.managedObjects(['member'])).get('Outer')?.links['member']).toHaveLength(2);
  expect((await product.managedObjects([])).get(name)?.guid).toBe(before);
  await done(source.writer.rename({ dn: `CN=Ørsted \\+ Łukasz \\#1,OU=Excluded,${source.ou}` }, name, source.ou));
  await product.cycle();
  const objects = await product.managedObjects(['member']);
  expect(objects.get('Outer')?.links['member']).toHaveLength(2);
  expect(objects.get(name)?.guid).toBe(before);
});

// Shows: Drift / drift in what flow owns is corrected, values of others are left alone (samba)
test('what somebody changed by hand in the managed forest is put right, and a foreign address is left alone', async () => {
  const foreign = 'smtp:by.hand@elsewhere.example';
  const target = (await product.managedObjects([])).get('Böhm, Käthe');
  if (target === undefined) throw new Error('not there');
  await done(
    product.managed.modify({ guid: target.guid }, [
      { operation: 'replace', attribute: 'displayName', values: ['Somebody else'] },
      { operation: 'add', attribute: 'proxyAddresses', values: [foreign] },
    ]),
  );
  expect((await product.cycle()).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
  const mended = (await product.managedObjects(['displayName', 'proxyAddresses'])).get('Böhm, Käthe');
  expect(mended?.attributes['displayName']).toEqual([aliasesOf(product)('boehm')]);
  expect(mended?.attributes['proxyAddresses']).toContain(foreign);
});

// Shows: Join / our own anchor: a lost database is found again (samba)
// Shows: Mistakes / PostgreSQL lost: nothing is deleted, cleared or doubled (samba)
test('with its database lost, every identity is found again by its anchor and nothing is added or changed', async () => {
  const before = await product.managedObjects(['msExchMailboxGuid', 'proxyAddresses']);
  await product.loseDatabase();
  const result = await product.cycle();
  expect(result.counts).toMatchObject({
    joined: before.size,
    planned: 0,
    plannedReferences: 0,
    written: 0,
    provisioned: 1,
  });
  expect(await product.managedObjects(['msExchMailboxGuid', 'proxyAddresses'])).toEqual(before);
});

test('the runs of a cycle and of an object are what the replay tests replay', async () => {
  const [row] = await product.database.query<{ id: string }>(
    'SELECT i.id FROM identity i JOIN service s ON s.identity_id = i.id',
  );
  await recordHistory(product.temporal, `cycle/${product.name}/corp-1`, 'sync-cycle-completed');
  await recordHistory(product.temporal, provisionId(product.name, row?.id ?? ''), 'provision-object-in-place');
});
