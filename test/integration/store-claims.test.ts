import { settleClaims } from '../../store/claims.ts';
import { settleIdentities, markSettled } from '../../store/identities.ts';
import { listErrors, replaceErrors } from '../../store/errors.ts';
import { address, type CustomerStore, evaluated, guid, useStore, outOfScope, staged } from '../support/store.ts';

const store = useStore();
let one: CustomerStore;

/** Each test has customers, and so addresses, of its own. */
beforeEach(async () => {
  one = await store.customer();
  await one.stage(await one.run(), ...[1, 2, 3, 4, 5].map((number) => staged(number)));
});

const mail = (name: string): string => `${name}@${one.customer}.example`;
const wants = (number: number, ...names: readonly string[]): ReturnType<typeof evaluated> =>
  evaluated(number, { claims: names.map((name) => address(mail(name))) });

/** Wants the X500 address of an old organization, which has no domain that would tell whose it is. */
const wantsLegacy = (number: number): ReturnType<typeof evaluated> =>
  evaluated(number, {
    claims: [{ kind: 'address', value: `x500:/o=old/cn=${one.customer}`, attribute: 'proxyAddresses' }],
  });

// Shows: Validation / the one that had the value first keeps it (postgresql)
test('who holds an address keeps it, though an older object wants it later', async () => {
  await one.evaluate(wants(2, 'x'));
  await one.evaluate(wants(1, 'x'));
  expect(await one.holder(mail('x'))).toBe(guid(2));
  expect(await one.errors()).toMatchObject([{ guid: guid(1), code: 'SE303', other: guid(2) }]);
});

// Shows: Validation / of several new claimants the one that the managed forest knows, then the oldest (postgresql)
test('of several that come in one read the object that the managed forest knows gets it, then the oldest', async () => {
  await one.seeManaged({ number: 3 });
  await one.evaluate(wants(1, 'x', 'y'), wants(2, 'y'), wants(3, 'x'));
  expect(await one.holder(mail('x'))).toBe(guid(3));
  expect(await one.holder(mail('y'))).toBe(guid(1));
});

// Shows: Validation / values given up in the same read are free: a swap (postgresql)
test('two objects swap their addresses in one cycle, without an error', async () => {
  await one.evaluate(wants(1, 'x'), wants(2, 'y'));
  await one.evaluate(wants(1, 'y'), wants(2, 'x'));
  expect(await one.holder(mail('x'))).toBe(guid(2));
  expect(await one.holder(mail('y'))).toBe(guid(1));
  expect(await one.errors()).toEqual([]);
});

// Shows: Validation / values given up in the same read are free: a hand-over (postgresql)
test('an address is handed over in one cycle', async () => {
  await one.evaluate(wants(1, 'x', 'mine'), wants(2, 'yours'));
  await one.evaluate(wants(1, 'mine'), wants(2, 'x', 'yours'));
  expect(await one.holder(mail('x'))).toBe(guid(2));
  expect(await one.errors()).toEqual([]);
});

test('of three the next in turn gets a freed address; its error goes, the other one names the new holder', async () => {
  await one.evaluate(wants(1, 'x'));
  await one.evaluate(wants(2, 'x'), wants(3, 'x'));
  expect((await one.errors()).map((error) => [error.guid, error.other])).toEqual([
    [guid(2), guid(1)],
    [guid(3), guid(1)],
  ]);
  await one.evaluate(outOfScope(1));
  expect(await one.holder(mail('x'))).toBe(guid(2));
  expect((await one.errors()).map((error) => [error.guid, error.other])).toEqual([[guid(3), guid(2)]]);
});

// Shows: Validation / errors keep first seen, last seen and count (postgresql)
test('a conflict seen again is counted and keeps the time when it was first seen', async () => {
  await one.evaluate(wants(1, 'x'), wants(2, 'x'));
  const [before] = await listErrors(store.database, one.forest, 10);
  await one.evaluate(wants(2, 'x'));
  const [after] = await listErrors(store.database, one.forest, 10);
  expect(after).toMatchObject({ count: 2, firstSeen: before?.firstSeen });
  expect(after?.lastSeen.getTime()).toBeGreaterThan(before?.lastSeen.getTime() ?? Infinity);
});

// Shows: Validation / another customer's object is not named (postgresql)
test("an address that another customer's object holds is refused without naming that object", async () => {
  const two = await store.customer();
  await two.stage(await two.run(), staged(1));
  await one.evaluate(wantsLegacy(1));
  await two.evaluate(wantsLegacy(1));
  expect(await two.errors()).toMatchObject([{ guid: guid(1), code: 'SE303', other: null }]);
  const [error] = await listErrors(store.database, two.forest, 10);
  expect(error?.otherDn).toBeNull();
  expect(error?.details).toMatch(/is not available$/);
});

test("an address that another customer's object gives up goes to who waits for it, whose next cycle looks at it", async () => {
  const two = await store.customer();
  await two.stage(await two.run(), staged(1));
  await one.evaluate(wantsLegacy(1));
  await two.evaluate(wantsLegacy(1));
  await one.evaluate(outOfScope(1));
  expect(await two.errors()).toEqual([]);
  expect(await unsettled(two)).toEqual([guid(1)]);
});

// Shows: Validation / errors clear themselves: conflicts (postgresql)
test('an error of an object that gave up every address is gone', async () => {
  await one.evaluate(wants(1, 'x'));
  await one.evaluate(wants(2, 'x'));
  await one.evaluate(outOfScope(2));
  expect(await one.errors()).toEqual([]);
});

// Shows: Validation / in a conflict every address and its holder is named (postgresql)
test('the details name every address that is held by others, also those that this cycle did not touch', async () => {
  await one.evaluate(wants(1, 'x'), wants(2, 'y'));
  await one.evaluate(wants(3, 'x', 'y'));
  await one.evaluate(wants(1, 'x', 'more'));
  const [error] = await one.errors();
  expect(error?.details).toContain(mail('x'));
  expect(error?.details).toContain(mail('y'));
});

test('an error names the holder that is left when one of two conflicts is solved', async () => {
  await one.evaluate(wants(1, 'x'), wants(2, 'y'));
  await one.evaluate(wants(3, 'x', 'y'));
  await one.evaluate(outOfScope(1));
  const [error] = await one.errors();
  expect(error).toMatchObject({ guid: guid(3), other: guid(2) });
  expect(error?.details).not.toContain(mail('x'));
});

test('addresses of an evaluation whose cycle ended before it settled are settled by the next cycle', async () => {
  await one.evaluate(wants(1, 'x'), wants(2, 'y'));
  // A cycle that is cancelled here: its pages are evaluated, and nothing else.
  await one.save(await one.run(), wants(1, 'z'), wants(2, 'x'), wants(3, 'z'));
  await one.settle(await one.run());
  expect(await one.holder(mail('x'))).toBe(guid(2));
  expect(await one.holder(mail('y'))).toBeNull();
  expect(await one.holder(mail('z'))).toBe(guid(1));
  expect((await one.errors()).map((error) => error.guid)).toEqual([guid(3)]);
});

test('an address that a frozen object has in the managed forest is not given to another object', async () => {
  await one.evaluate(wants(1, 'x'));
  await one.seeManaged({ number: 1, attributes: { proxyAddresses: `smtp:${mail('x')}` } });
  // The customer takes x off, but an error of the same object keeps it on the managed one.
  const broken = { code: 'SE201', attribute: 'mailNickname', details: 'is missing' } as const;
  await one.evaluate(evaluated(1, { errors: [broken] }), wants(2, 'x'));
  expect(await one.holder(mail('x'))).toBe(guid(1));
});

test('an address that an object lost to no avail, because it is refused another, is not given to a third one', async () => {
  await one.evaluate(wants(1, 'x'), wants(2, 'y'));
  await one.seeManaged({ number: 1, attributes: { proxyAddresses: `smtp:${mail('x')}` } });
  // 1 wants y instead of x, but 2 keeps y: 1 is frozen, and x stays on its managed object.
  await one.evaluate(wants(1, 'y'), wants(3, 'x'));
  expect(await one.holder(mail('x'))).toBe(guid(1));
});

test('an address is not given away in a chain of objects of which the last is refused what it wants', async () => {
  await one.evaluate(wants(1, 'x'), wants(2, 'y'), wants(3, 'z'));
  await one.seeManaged({ number: 1 }, { number: 2 }, { number: 3 });
  await one.evaluate(wants(1, 'x'), wants(2, 'y'), wants(3, 'z'));
  // 3 keeps z, so 2 is frozen and keeps y, so 1 is frozen and keeps x.
  await one.evaluate(wants(2, 'z'), wants(1, 'y'), wants(4, 'x'));
  expect(await one.holder(mail('y'))).toBe(guid(2));
  expect(await one.holder(mail('x'))).toBe(guid(1));
});

test("what another customer's settlement says during a cycle is not forgotten at that cycle's end", async () => {
  const two = await store.customer();
  await two.stage(await two.run(), staged(1));
  await two.evaluate(evaluated(1));
  await one.evaluate(wantsLegacy(1));
  await two.evaluate(wantsLegacy(1));

  // Two's cycle is between its settlement and the end of it when one's cycle frees the address.
  const run = await two.run();
  await store.database.transaction(async (transaction) => {
    await settleClaims(transaction, two.managed, run.id);
    await settleIdentities(transaction, two.forest);
  });
  await one.evaluate(outOfScope(1));
  await markSettled(store.database, two.forest);

  expect(await two.errors()).toEqual([]);
  expect(await unsettled(two)).toEqual([guid(1)]);
});

// Shows: Validation / nicknames are unique among a customer's objects (postgresql)
test('two customers have the same nickname, and of one customer’s objects one has it', async () => {
  const two = await store.customer();
  await two.stage(await two.run(), staged(1));
  const info = (of: CustomerStore, number: number): ReturnType<typeof evaluated> =>
    evaluated(number, { claims: [{ kind: 'nickname', value: `${of.customer}/info`, attribute: 'mailNickname' }] });
  await one.evaluate(info(one, 1), info(one, 2));
  await two.evaluate(info(two, 1));
  expect(await two.errors()).toEqual([]);
  expect(await one.errors()).toMatchObject([
    { guid: guid(2), code: 'SE304', other: guid(1), details: '"info" is held by another object' },
  ]);
});

// Shows: Validation / a contact's address elsewhere neither blocks its owner nor is blocked (postgresql)
test('an address goes to the customer who owns its domain, whoever had it before', async () => {
  const two = await store.customer();
  await two.stage(await two.run(), staged(1), staged(2));
  const bob = evaluated(1, { claims: [address(`bob@${two.customer}.example`)] });
  // A contact of one's, from before two was served here.
  await one.evaluate(bob);
  await two.evaluate(bob);
  const [holder] = await store.database.query<{ forest_id: number }>('SELECT forest_id FROM claim WHERE value = $1', [
    `smtp:bob@${two.customer}.example`,
  ]);
  expect(holder?.forest_id).toBe(two.forest);
  expect([...(await one.errors()), ...(await two.errors())]).toEqual([]);
  await one.evaluate(bob);
  expect(await one.errors()).toEqual([]);
  // Among the owner's own objects the address is one's as ever.
  await two.evaluate(evaluated(2, { claims: bob.claims }));
  expect(await two.errors()).toMatchObject([{ guid: guid(2), code: 'SE303', other: guid(1) }]);
});

// Shows: Validation / errors end with the scope of their object (postgresql)
test('what writing, linking and provisioning found of an object is cleared when it leaves scope', async () => {
  await one.evaluate(evaluated(1), evaluated(2));
  for (const finder of ['write', 'link', 'service'] as const)
    for (const number of [1, 2])
      await replaceErrors(
        store.database,
        one.forest,
        finder,
        [guid(number)],
        [{ guid: guid(number), code: finder === 'service' ? 'PE901' : 'SE901', attribute: finder, details: 'refused' }],
      );
  await one.evaluate(outOfScope(1));
  expect((await one.errors()).map((error) => error.guid)).toEqual([guid(2), guid(2), guid(2)]);
});

// Shows: Evaluation / a settlement to which nothing is new touches nobody (postgresql)
test('a settlement that nothing is new to touches nobody', async () => {
  await one.evaluate(wants(1, 'x'), wants(2, 'x'));
  const before = await one.errors();
  await one.settle(await one.run());
  expect(await one.errors()).toEqual(before);
  expect(await unsettled(one)).toEqual([]);
});

async function unsettled(of: CustomerStore): Promise<string[]> {
  const rows = await store.database.query<{ guid: string }>(
    'SELECT guid FROM evaluation WHERE forest_id = $1 AND unsettled ORDER BY guid',
    [of.forest],
  );
  return rows.map((row) => row.guid);
}
