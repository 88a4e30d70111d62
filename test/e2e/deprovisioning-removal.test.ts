import { voiceSchema } from '../../rules/voice-settings.ts';
import { disabledVoice } from '../../rules/voice.ts';
import { done } from '../support/directory-sandbox.ts';
import { Ends } from '../support/ends.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

/** The whole way: mail and voice, several at once, and what comes after the end. */
let product: Product;
let ends: Ends;

const VOICE = [...new Set(disabledVoice.flatMap((image) => Object.keys(image)))];
const MAILBOX = 'MBX=5GB;TYPE=EP2D;REG=EU';
const MANY = Array.from({ length: 7 }, (_, number) => `one of many ${String(number)}`);

beforeAll(async () => {
  const pool = `CN=Lc Services,CN=Microsoft,CN=EU-POOL01,CN=Pools,CN=RTC Service,CN=Services,CN=Configuration,${testStack().managed.namingContext}`;
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      voice: voiceSchema.parse({
        bitmapAttribute: 'extensionAttribute10',
        stringAttribute: 'extensionAttribute11',
        pools: { EU: pool },
        defaultRegion: 'EU',
      }),
      guard: {
        ...configuration.guard,
        disconnected: { ...configuration.guard.disconnected, user: { count: 100, percent: 100, few: 100 } },
      },
    }),
  });
  ends = new Ends(product);
  const alias = aliasesOf(product);
  for (const name of ['both', 'changes', 'keeps voice', 'removed', 'disabled', 'disabled once', ...MANY])
    await product.source.add(
      'user',
      name,
      mailUser(alias(name.replaceAll(' ', '-')), {
        extensionAttribute9: [MAILBOX],
        ...(['both', 'changes', 'keeps voice'].includes(name) ? { extensionAttribute10: ['256'] } : {}),
      }),
    );
  await product.cycle();
});

afterAll(() => product.dispose());

// Shows: Deprovisioning / full removal: voice off and the mailbox away in one, both given back (samba)
test('who has mail and voice loses both in one deprovisioning, and gets both back', async () => {
  await ends.are({ grace: '1s', retention: '1h' });
  const before = await ends.shown('both', VOICE);
  expect(before).toMatchObject({ 'msRTCSIP-UserEnabled': ['TRUE'], msExchRecipientTypeDetails: ['2'] });
  await ends.leave('both');
  await ends.stage('both', 'retention');
  const off = await ends.shown('both', VOICE);
  expect(off).toMatchObject({ 'msRTCSIP-UserEnabled': ['FALSE'], msExchRecipientTypeDetails: ['128'] });
  expect(off).not.toHaveProperty('homeMDB');
  // What voice was stays for whoever reconnects it.
  for (const name of VOICE.filter((one) => one !== 'msRTCSIP-UserEnabled')) expect(off?.[name]).toEqual(before?.[name]);
  await ends.comeBack('both');
  expect(await (await ends.workflow('both')).result()).toEqual({ outcome: 'given back' });
  expect(await ends.shown('both', VOICE)).toEqual(before);
  await product.cycle();
  expect(await ends.shown('both', VOICE)).toEqual(before);
});

// Shows: Deprovisioning / another end than the one that was begun: what only that one took is given back (samba)
test('who was to be removed and returns with the removal value is a mail user with voice, in the address book', async () => {
  await ends.are({ grace: '1s', retention: '1h' });
  const name = 'changes';
  const before = await ends.shown(name, VOICE);
  await ends.leave(name);
  await ends.stage(name, 'retention');
  expect(await ends.shown(name, VOICE)).toMatchObject({
    'msRTCSIP-UserEnabled': ['FALSE'],
    msExchHideFromAddressLists: ['TRUE'],
  });
  const { source } = product;
  await done(
    source.writer.modify({ dn: `CN=${name},OU=Excluded,${source.ou}` }, [
      { operation: 'replace', attribute: 'extensionAttribute9', values: ['RemoveMSOMbx'] },
    ]),
  );
  await ends.comeBack(name);
  await ends.until(name, ({ stage, happens }) => stage === 'retention' && happens === 'mailUser');
  await product.cycle();
  const mailUserNow = await ends.shown(name, VOICE);
  expect(mailUserNow).toMatchObject({
    ...Object.fromEntries(
      [...VOICE, 'showInAddressBook', 'mail'].flatMap((one) => (before?.[one] ? [[one, before[one]]] : [])),
    ),
    msExchRecipientTypeDetails: ['128'],
  });
  expect(mailUserNow).not.toHaveProperty('homeMDB');
  expect(mailUserNow).not.toHaveProperty('msExchHideFromAddressLists');
  await ends.set(name, { extensionAttribute9: [MAILBOX] });
  expect(await (await ends.workflow(name)).result()).toEqual({ outcome: 'given back' });
  expect(await ends.shown(name, VOICE)).toEqual(before);
});

// Shows: Deprovisioning / voice is kept or ended apart from mail (samba)
test('who has the mailbox removed keeps voice', async () => {
  await ends.are({ grace: '1s', retention: '1h' });
  const before = await ends.shown('keeps voice', VOICE);
  expect(before).toMatchObject({ 'msRTCSIP-UserEnabled': ['TRUE'] });
  await ends.set('keeps voice', { extensionAttribute9: ['RemoveMSOMbx'] });
  await ends.stage('keeps voice', 'retention');
  await product.cycle();
  const off = await ends.shown('keeps voice', VOICE);
  expect(off).not.toHaveProperty('homeMDB');
  for (const name of VOICE) expect(off?.[name]).toEqual(before?.[name]);
});

// Shows: Deprovisioning / many that return at once are given back without an approval (samba)
test('many that return at once have everything back, and nothing of it waits for an approval', async () => {
  await ends.are({ grace: '1s', retention: '1h' });
  const before = await Promise.all(MANY.map((name) => ends.shown(name)));
  await ends.leave(...MANY);
  for (const name of MANY) await ends.stage(name, 'retention');
  await product.cycle('delta');
  await ends.comeBack(...MANY);
  for (const name of MANY) expect(await (await ends.workflow(name)).result()).toEqual({ outcome: 'given back' });
  const result = await product.cycle();
  expect(result).not.toHaveProperty('decision');
  expect(result.counts).toMatchObject({ planned: 0, blocked: 0 });
  expect(await Promise.all(MANY.map((name) => ends.shown(name)))).toEqual(before);
});

// Shows: Deprovisioning / a removed object: nothing is left to end, and who returns then is made anew (samba)
test('what happens to the source of a removed object ends nothing, and when it returns it is made anew', async () => {
  await ends.are({ grace: '1s', retention: '1s' });
  const before = await ends.shown('removed');
  await ends.leave('removed');
  expect(await (await ends.workflow('removed')).result()).toEqual({ outcome: 'done' });
  expect(await ends.shown('removed')).toBeNull();
  const { source } = product;
  const excluded = { dn: `CN=removed,OU=Excluded,${source.ou}` };
  await done(source.writer.modify(excluded, [{ operation: 'replace', attribute: 'mail', values: [] }]));
  expect((await product.cycle('delta')).counts).toMatchObject({ disconnected: 0, planned: 0 });
  expect(await ends.row('removed')).toMatchObject({ stage: 'ended', outcome: 'done' });
  const mail = mailUser(aliasesOf(product)('removed'))['mail'] ?? [];
  await done(source.writer.modify(excluded, [{ operation: 'replace', attribute: 'mail', values: mail }]));
  await ends.comeBack('removed');
  const after = await ends.shown('removed');
  expect(after).toMatchObject({ msExchRecipientTypeDetails: ['2'], mail });
  expect(after?.['msExchMailboxGuid']).not.toEqual(before?.['msExchMailboxGuid']);
});

// Shows: Deprovisioning / who returns after the end has the same managed object, and services anew (samba)
test('who was mail-disabled for good and has mail again keeps the managed object and gets another mailbox', async () => {
  await ends.are({ grace: '1s', retention: '1s' });
  const name = 'disabled once';
  const before = await ends.shown(name);
  const { guid } = (await product.managedObjects([])).get(name) ?? {};
  await ends.set(name, { mail: [] });
  expect(await (await ends.workflow(name)).result()).toEqual({ outcome: 'done' });
  await ends.set(name, { mail: before?.['mail'] ?? [] });
  expect((await product.managedObjects([])).get(name)?.guid).toBe(guid);
  const after = await ends.shown(name);
  expect(after).toMatchObject({ msExchRecipientTypeDetails: ['2'], proxyAddresses: before?.['proxyAddresses'] });
  expect(after?.['msExchMailboxGuid']).not.toEqual(before?.['msExchMailboxGuid']);
  expect(after).not.toHaveProperty('msExchPreviousMailboxGuid');
});

// Shows: Deprovisioning / an object without any service: removed when its source object is deleted (samba)
test('an object that was mail-disabled stays, until its source object is deleted: then it is removed', async () => {
  await ends.are({ grace: '1s', retention: '1s' });
  await ends.set('disabled', { mail: [] });
  expect(await (await ends.workflow('disabled')).result()).toEqual({ outcome: 'done' });
  const disabled = await ends.shown('disabled');
  expect(disabled).not.toBeNull();
  for (const name of ['mail', 'proxyAddresses', 'homeMDB', 'msExchPreviousHomeMDB', 'msExchRecipientTypeDetails'])
    expect(disabled).not.toHaveProperty(name);
  // A change that is no other reason ends nothing more.
  await ends.set('disabled', { title: ['Somebody'] });
  expect(await ends.row('disabled')).toMatchObject({ stage: 'ended', outcome: 'done' });
  await done(product.source.writer.remove({ dn: product.source.dn('disabled') }));
  expect((await product.cycle('delta')).counts).toMatchObject({ disconnected: 1 });
  expect(await (await ends.workflow('disabled')).result()).toEqual({ outcome: 'done' });
  expect(await ends.shown('disabled')).toBeNull();
});
