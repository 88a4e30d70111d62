import type { DirectoryEntry } from '../../directory/entries.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import type { VoiceConfiguration } from '../../rules/voice-settings.ts';
import { voiceSchema } from '../../rules/voice-settings.ts';
import { disabledVoice } from '../../rules/voice.ts';
import { listErrors } from '../../store/errors.ts';
import { retryUpdate } from '../../workflows/messages.ts';
import type { provisionObject } from '../../workflows/provision-object.ts';
import { provisionId } from '../../workflows/ids.ts';
import { done, found } from '../support/directory-sandbox.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

let product: Product;
let alias: (name: string) => string;
const VOICE = Object.keys(disabledVoice[1] ?? {});

function pool(region: string): string {
  return `CN=Lc Services,CN=Microsoft,CN=${region}-POOL01,CN=Pools,CN=RTC Service,CN=Services,CN=Configuration,${testStack().managed.namingContext}`;
}

function settings(): VoiceConfiguration {
  return voiceSchema.parse({
    bitmapAttribute: 'extensionAttribute10',
    stringAttribute: 'extensionAttribute11',
    lineAttribute: 'telephoneNumber',
    pools: { EU: pool('EU'), NA: pool('NA') },
    defaultRegion: 'EU',
  });
}

beforeAll(async () => {
  product = await openProduct({ change: (configuration) => ({ ...configuration, voice: settings() }) });
  alias = aliasesOf(product);
  const user = (name: string, more: AttributeImage): Promise<string> =>
    product.source.add('user', name, mailUser(alias(name), more));
  await user('both', {
    extensionAttribute9: ['MBX=2GB;TYPE=KIOSK'],
    extensionAttribute10: [String(1 + 128 + 256 + 1024 + 4096)],
    extensionAttribute11: ['REG=NA;LINE=+49 89 1234;EXT=5'],
  });
  await user('alone', {
    extensionAttribute10: ['256'],
    proxyAddresses: [`SMTP:${alias('alone')}@contoso.test`, `SIP:Voice.${alias('alone')}@contoso.test`],
  });
  await user('unread', { extensionAttribute9: ['MBX=2GB;TYPE=KIOSK'], extensionAttribute10: ['2'] });
  await user('first', { extensionAttribute10: ['256'] });
  // The older of two claimants gets the address; whenCreated counts in seconds.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await user('second', {
    extensionAttribute10: ['256'],
    proxyAddresses: [`SMTP:${alias('second')}@contoso.test`, `sip:${alias('first')}@contoso.test`],
  });
  await user('squatted', { extensionAttribute10: ['256'] });
  await user('room', {
    extensionAttribute9: ['MBX=5GB;RESMBX=LRSRoom'],
    extensionAttribute10: ['385'],
    extensionAttribute11: ['Type=LRS'],
    telephoneNumber: ['+49 89 777'],
  });
  await user('served', {});
  await done(
    product.managed.add(squatter(), {
      objectClass: ['contact'],
      'msRTCSIP-PrimaryUserAddress': [`sip:${alias('squatted')}@contoso.test`],
    }),
  );
});

afterAll(async () => {
  await product.managed.remove({ dn: squatter() });
  await product.dispose();
});

/** An object of the Managed Forest that Itasca knows nothing of. */
function squatter(): string {
  return `CN=${product.name} squatter,OU=Customers,${testStack().managed.namingContext}`;
}

async function shown(name: string): Promise<{ readonly entry: DirectoryEntry; readonly voice: AttributeImage }> {
  const objects = await product.managedObjects([...VOICE, 'proxyAddresses', 'homeMDB', 'msExchMailboxGuid']);
  const entry = objects.get(name);
  if (entry === undefined) throw new Error(`${name} is not there`);
  const pools = (entry.links['msRTCSIP-PrimaryHomeServer'] ?? []).map((target) => target.dn);
  const values = VOICE.flatMap((attribute) => {
    const of = attribute === 'msRTCSIP-PrimaryHomeServer' ? pools : (entry.attributes[attribute] ?? []);
    return of.length === 0 ? [] : [[attribute, of] as const];
  });
  return { entry, voice: Object.fromEntries(values) };
}

async function set(name: string, values: AttributeImage): Promise<void> {
  await done(
    product.source.writer.modify(
      { dn: product.source.dn(name) },
      Object.entries(values).map(([attribute, list]) => ({ operation: 'replace', attribute, values: list })),
    ),
  );
}

async function sidOf(name: string): Promise<readonly string[]> {
  const entry = await found(product.source.reader.read({ dn: product.source.dn(name) }, ['objectSid']));
  return entry.attributes['objectSid'] ?? [];
}

async function codes(): Promise<readonly string[]> {
  const errors = await listErrors(product.database, product.forest, 20);
  return errors.map(({ code, dn }) => `${code} ${/^CN=([^,]+)/.exec(dn)?.[1] ?? ''}`).sort();
}

// Shows: Voice / pool, OptionFlags, Line, OriginatorSid = source SID, attribute by attribute, beside a mailbox (samba)
test('who has a mailbox and voice gets both, voice as the bitmap and the string say', async () => {
  expect(await product.cycle()).toMatchObject({ outcome: 'completed', counts: { failed: 0 } });
  const { entry, voice } = await shown('both');
  expect(voice).toEqual({
    'msRTCSIP-UserEnabled': ['TRUE'],
    'msRTCSIP-PrimaryUserAddress': [`sip:${alias('both')}@contoso.test`],
    'msRTCSIP-PrimaryHomeServer': [pool('NA')],
    'msRTCSIP-OriginatorSid': await sidOf('both'),
    'msRTCSIP-OptionFlags': ['385'],
    'msRTCSIP-ArchivingEnabled': ['4'],
    'msRTCSIP-FederationEnabled': ['TRUE'],
    'msRTCSIP-InternetAccessEnabled': ['FALSE'],
    'msRTCSIP-Line': ['tel:+49891234;ext=5'],
    'msRTCSIP-DeploymentLocator': ['SRV:'],
  });
  expect(entry.attributes['proxyAddresses']).toContain(`sip:${alias('both')}@contoso.test`);
  expect(entry.links['homeMDB']).toHaveLength(1);
});

// Shows: Voice / without a mailbox; SIP address from proxyAddresses (samba)
test('who has voice alone gets it at the SIP address of the source, and no mailbox', async () => {
  const { entry, voice } = await shown('alone');
  expect(voice).toEqual({
    'msRTCSIP-UserEnabled': ['TRUE'],
    'msRTCSIP-PrimaryUserAddress': [`sip:voice.${alias('alone')}@contoso.test`],
    'msRTCSIP-PrimaryHomeServer': [pool('EU')],
    'msRTCSIP-OriginatorSid': await sidOf('alone'),
    'msRTCSIP-OptionFlags': ['256'],
    'msRTCSIP-ArchivingEnabled': ['0'],
    'msRTCSIP-FederationEnabled': ['FALSE'],
    'msRTCSIP-InternetAccessEnabled': ['FALSE'],
    'msRTCSIP-DeploymentLocator': ['SRV:'],
  });
  expect(entry.attributes['msExchMailboxGuid']).toBeUndefined();
});

// Shows: Voice / Lync room: LinkedRoomMailbox whose master account is not SELF, with voice (samba)
test('a Lync room has its mailbox and its voice, and belongs to the account of the source', async () => {
  const { voice } = await shown('room');
  expect(voice).toEqual({
    'msRTCSIP-UserEnabled': ['TRUE'],
    'msRTCSIP-PrimaryUserAddress': [`sip:${alias('room')}@contoso.test`],
    'msRTCSIP-PrimaryHomeServer': [pool('EU')],
    'msRTCSIP-OriginatorSid': await sidOf('room'),
    'msRTCSIP-OptionFlags': ['385'],
    'msRTCSIP-ArchivingEnabled': ['0'],
    'msRTCSIP-FederationEnabled': ['FALSE'],
    'msRTCSIP-InternetAccessEnabled': ['FALSE'],
    'msRTCSIP-Line': ['tel:+4989777'],
    'msRTCSIP-DeploymentLocator': ['SRV:'],
  });
  const mailbox = (await product.managedObjects(['msExchRecipientTypeDetails', 'msExchMasterAccountSid'])).get('room');
  expect(mailbox?.attributes['msExchRecipientTypeDetails']).toEqual(['2199023255552']);
  expect(mailbox?.attributes['msExchMasterAccountSid']).toEqual(await sidOf('room'));
});

// Shows: Ordering / voice never before the SIP address is unique, among the customer's objects and in the managed forest (samba)
test('whose SIP address is another’s has no voice, and errors of voice leave the mailbox alone', async () => {
  expect(await codes()).toEqual(['PE201 unread', 'PE207 squatted', 'SE303 second']);
  expect((await shown('first')).voice).toMatchObject({ 'msRTCSIP-UserEnabled': ['TRUE'] });
  expect((await shown('squatted')).voice).toEqual({});
  expect((await shown('unread')).voice).toEqual({});
  expect((await shown('unread')).entry.links['homeMDB']).toHaveLength(1);
});

test('once the address is free the waiting workflow goes on', async () => {
  await done(
    product.managed.modify({ dn: squatter() }, [
      { operation: 'replace', attribute: 'msRTCSIP-PrimaryUserAddress', values: [] },
    ]),
  );
  const [row] = await product.database.query<{ id: string }>("SELECT id FROM identity WHERE cn = 'squatted'");
  const handle = product.temporal.workflow.getHandle<typeof provisionObject>(provisionId(product.name, row?.id ?? ''));
  await handle.executeUpdate(retryUpdate);
  expect(await handle.result()).toEqual({ outcome: 'provisioned' });
  expect((await shown('squatted')).voice).toMatchObject({ 'msRTCSIP-UserEnabled': ['TRUE'] });
  expect(await codes()).toEqual(['PE201 unread', 'SE303 second']);
});

// Shows: Voice / ended apart from mail, and given back in the same pool (samba)
test('voice ends without the mailbox, nothing of it is left, and what comes back is in the pool that it was in', async () => {
  const before = await shown('both');
  await set('both', { extensionAttribute10: ['0'], extensionAttribute11: ['REG=EU'] });
  await product.cycle('delta');
  const ended = await shown('both');
  expect(ended.voice).toEqual({});
  expect(ended.entry.attributes['proxyAddresses']).toEqual([`SMTP:${alias('both')}@contoso.test`]);
  expect(ended.entry.attributes['msExchMailboxGuid']).toEqual(before.entry.attributes['msExchMailboxGuid']);
  expect(ended.entry.links['homeMDB']).toEqual(before.entry.links['homeMDB']);

  await set('both', { extensionAttribute10: ['257'] });
  await product.cycle('delta');
  expect((await shown('both')).voice).toMatchObject({
    'msRTCSIP-PrimaryHomeServer': [pool('NA')],
    'msRTCSIP-OptionFlags': ['257'],
  });
});

// Shows: Voice / who is in a pool of the managed forest already stays there (samba)
test('who is in a pool already stays there, and what the managed side decides is left alone until the end', async () => {
  const { entry } = await shown('served');
  const byHand = { 'msRTCSIP-PrimaryHomeServer': [pool('NA')], 'msRTCSIP-UserExtension': ['x=1'] };
  await done(
    product.managed.modify(
      { guid: entry.guid },
      Object.entries(byHand).map(([attribute, values]) => ({ operation: 'replace', attribute, values })),
    ),
  );
  await set('served', { extensionAttribute10: ['256'] });
  await product.cycle('delta');
  expect((await shown('served')).voice).toMatchObject({ ...byHand, 'msRTCSIP-UserEnabled': ['TRUE'] });
  await set('served', { extensionAttribute10: [] });
  await product.cycle('delta');
  expect((await shown('served')).voice).toEqual({});
});

// Shows: Voice / a wish that can not be read ends nothing (samba)
test('a bitmap that can not be read any more leaves the voice as it is, until it can', async () => {
  const before = await shown('alone');
  await set('alone', { extensionAttribute10: ['yes'] });
  await product.cycle('delta');
  expect((await shown('alone')).voice).toEqual(before.voice);
  expect(await codes()).toContain('PE201 alone');
  await set('alone', { extensionAttribute10: ['1'] });
  await product.cycle('delta');
  expect((await shown('alone')).voice).toEqual({ ...before.voice, 'msRTCSIP-OptionFlags': ['1'] });
});

// Shows: Voice / two users exchange their SIP addresses in one cycle (samba)
test('two users exchange their SIP addresses in one cycle', async () => {
  const address = (name: string): string => `sip:x.${alias(name)}@contoso.test`;
  const smtp = (name: string): string => `SMTP:${alias(name)}@contoso.test`;
  await set('alone', { proxyAddresses: [smtp('alone'), address('alone')] });
  await set('first', { proxyAddresses: [smtp('first'), address('first')] });
  await product.cycle('delta');
  await set('alone', { proxyAddresses: [smtp('alone'), address('first')] });
  await set('first', { proxyAddresses: [smtp('first'), address('alone')] });
  await product.cycle('delta');
  expect((await shown('alone')).voice['msRTCSIP-PrimaryUserAddress']).toEqual([address('first')]);
  expect((await shown('first')).voice['msRTCSIP-PrimaryUserAddress']).toEqual([address('alone')]);
  expect((await codes()).filter((code) => code.startsWith('PE2'))).toEqual(['PE201 unread']);
});

// Shows: Voice / a line is one's own: the second who asks for it is told whose it is, keeps what there is, and gets it when it is free (samba)
test('a line that another one has is not given to a second one, and mail and attributes go on', async () => {
  const line = 'LINE=+49 30 77;EXT=8';
  await set('alone', { extensionAttribute10: ['128'], extensionAttribute11: [line] });
  await product.cycle('delta');
  await set('first', {
    extensionAttribute10: ['128'],
    extensionAttribute11: ['ext=8; line=+493077'],
    title: ['Second'],
  });
  const before = await shown('first');
  await product.cycle('delta');
  expect((await shown('alone')).voice).toMatchObject({ 'msRTCSIP-Line': ['tel:+493077;ext=8'] });
  expect((await shown('first')).voice).toEqual(before.voice);
  const error = (await listErrors(product.database, product.forest, 20)).find(({ code }) => code === 'PE208');
  expect([error?.dn, error?.otherDn]).toEqual([product.source.dn('first'), product.source.dn('alone')]);
  const entry = (await product.managedObjects(['title'])).get('first');
  expect(entry?.attributes['title']).toEqual(['Second']);

  await set('alone', { extensionAttribute11: [] });
  await product.cycle('delta');
  await product.cycle('delta');
  expect((await shown('alone')).voice).not.toHaveProperty('msRTCSIP-Line');
  expect((await shown('first')).voice).toMatchObject({ 'msRTCSIP-Line': ['tel:+493077;ext=8'] });
  expect((await codes()).filter((code) => code.startsWith('PE208'))).toEqual([]);
});

test('what is there is not written again', async () => {
  const written = (): Promise<readonly { count: string }[]> =>
    product.database.query<{ count: string }>("SELECT count(*) FROM planned_change WHERE stage = 'services'");
  const before = await written();
  await product.database.query("UPDATE service SET state = 'wanted' WHERE wanted IS NOT NULL");
  await product.cycle('delta');
  expect(await written()).toEqual(before);
});
