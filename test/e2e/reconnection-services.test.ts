import type { AttributeImage } from '../../rules/attributes.ts';
import { first } from '../../rules/objects.ts';
import { voiceSchema } from '../../rules/voice-settings.ts';
import { done, found } from '../support/directory-sandbox.ts';
import { Ends } from '../support/ends.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { caseOf, lasting, mailboxes, mailboxOf, RULES } from '../support/reconnecting.ts';
import { testStack } from '../support/stack.ts';

/** What goes over to the new account beside the mailbox itself: voice, and the hold that Exchange has on it. */
let product: Product;

const KEPT = ['msRTCSIP-PrimaryUserAddress', 'msRTCSIP-OptionFlags', 'msRTCSIP-Line', 'msExchLitigationHoldDate'];

beforeAll(async () => {
  const { namingContext } = testStack().managed;
  const pool = `CN=Lc Services,CN=Microsoft,CN=EU-POOL01,CN=Pools,CN=RTC Service,CN=Services,CN=Configuration,${namingContext}`;
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      reconnection: { ...configuration.reconnection, rules: [...RULES] },
      voice: voiceSchema.parse({
        bitmapAttribute: 'extensionAttribute10',
        stringAttribute: 'extensionAttribute11',
        pools: { EU: pool },
        defaultRegion: 'EU',
      }),
    }),
  });
});

afterAll(() => product.dispose());

function account(): AttributeImage {
  return mailUser(`caller.${product.name}`, {
    extensionAttribute9: ['MBX=5GB;TYPE=EP2D;REG=EU'],
    extensionAttribute10: [String(1 + 128 + 256 + 1024 + 4096)],
    extensionAttribute11: ['REG=EU;LINE=+49 89 5550142;EXT=5'],
    employeeID: [`caller${product.name}`],
  });
}

async function sid(): Promise<string> {
  const entry = await found(product.source.reader.read({ dn: product.source.dn('caller') }, ['objectSid']));
  return first(entry.attributes, 'objectSid') ?? '';
}

// Shows: Reconnection / master account SID and OriginatorSid become the new account's; SIP address, line and litigation hold stay (samba)
test('voice follows the new account, and the mailbox is still on hold', async () => {
  const mail = `caller.${product.name}@contoso.test`;
  await product.source.add('user', 'caller', account());
  expect((await product.cycle()).counts).toMatchObject({ failed: 0, blocked: 0 });
  await new Ends(product).hold('caller', true);
  const kept = async (): Promise<AttributeImage> =>
    Object.fromEntries(
      Object.entries((await product.managedObjects(KEPT)).get('caller')?.attributes ?? {}).filter(([name]) =>
        KEPT.includes(name),
      ),
    );
  const before = { mailbox: lasting(await mailboxOf(product, mail)), kept: await kept(), sid: await sid() };
  expect(before.kept['msExchLitigationHoldDate']).toEqual(['20260101000000.0Z']);
  expect(before.kept['msRTCSIP-PrimaryUserAddress']).toEqual([`sip:${mail}`]);

  await done(product.source.writer.remove({ dn: product.source.dn('caller') }));
  const again = await product.source.add('user', 'caller', account());
  expect((await product.cycle('delta')).counts).toMatchObject({ reconnected: 1, toCreate: 0, disconnected: 0 });
  expect(await caseOf(product, again).result()).toEqual({ outcome: 'reconnected' });

  const now = await mailboxOf(product, mail);
  expect(lasting(now)).toEqual(before.mailbox);
  expect(await kept()).toEqual(before.kept);
  expect(await sid()).not.toBe(before.sid);
  expect(first(now?.attributes ?? {}, 'msExchMasterAccountSid')).toBe(await sid());
  expect(first(now?.attributes ?? {}, 'msRTCSIP-OriginatorSid')).toBe(await sid());
  expect(await mailboxes(product)).toBe(1);
});
