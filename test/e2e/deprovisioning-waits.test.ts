import { delayUpdate, resumeUpdate } from '../../workflows/messages.ts';
import { Ends } from '../support/ends.ts';
import { recordHistory } from '../support/histories.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

/** What a deprovisioning waits for besides its times: a litigation hold, an operator, a correction. */
let product: Product;
let ends: Ends;

const MAILBOX = 'MBX=5GB;TYPE=EP2D;REG=EU';
const NAMES = ['held early', 'held late', 'held and asked', 'delayed', 'delayed late', 'wrong', 'mistaken', 'shown'];

beforeAll(async () => {
  product = await openProduct();
  ends = new Ends(product);
  const alias = aliasesOf(product);
  for (const name of NAMES)
    await product.source.add(
      'user',
      name,
      mailUser(alias(name.replaceAll(' ', '-')), { extensionAttribute9: [MAILBOX] }),
    );
  await product.cycle();
});

afterAll(() => product.dispose());

// Shows: Timers / litigation hold set within the grace time and lifted in the middle (samba)
// Shows: Deprovisioning / mailbox on litigation hold to inactive, and what was asked for when the hold ends (samba)
test('a litigation hold that is set within the grace time makes the mailbox inactive until it is lifted', async () => {
  await ends.are({ grace: '6s', retention: '2s', lookAgainEvery: '1s' });
  const before = await ends.shown('held early');
  await ends.leave('held early');
  expect(await ends.row('held early')).toMatchObject({ begun: false });
  await ends.hold('held early', true);
  await ends.until('held early', (row) => row.stage === 'hold' && row.codes.includes('PE402'));
  const inactive = {
    ...before,
    msExchLitigationHoldDate: ['20260101000000.0Z'],
    msExchRecipientSoftDeletedStatus: ['8'],
    msExchWhenSoftDeletedTime: [expect.stringMatching(/^\d{14}\.0Z$/)],
    msExchHideFromAddressLists: ['TRUE'],
  };
  const { showInAddressBook: _hidden, ...image } = inactive as Record<string, unknown>;
  expect(await ends.shown('held early')).toEqual(image);
  // It waits longer than its retention time would have been.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(await ends.row('held early')).toMatchObject({ stage: 'hold', codes: ['PE402'] });
  await ends.hold('held early', false);
  expect(await (await ends.workflow('held early')).result()).toEqual({ outcome: 'done' });
  expect(await ends.shown('held early')).toBeNull();
  await recordHistory(product.temporal, (await ends.workflow('held early')).workflowId, 'deprovision-object-hold');
});

// Shows: Timers / litigation hold set within the retention time and lifted in the middle (samba)
test('a litigation hold that is set within the retention time keeps the object until it is lifted', async () => {
  await ends.are({ grace: '1s', retention: '6s', lookAgainEvery: '1s' });
  await ends.leave('held late');
  await ends.stage('held late', 'retention');
  await ends.hold('held late', true);
  await ends.until('held late', (row) => row.retentionOver && row.codes.includes('PE402'));
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(await ends.shown('held late')).toMatchObject({ msExchPreviousRecipientTypeDetails: ['2'] });
  await ends.hold('held late', false);
  expect(await (await ends.workflow('held late')).result()).toEqual({ outcome: 'done' });
  expect(await ends.shown('held late')).toBeNull();
});

// Shows: Deprovisioning / an inactive mailbox stays hidden whatever the cycles do, and is shown again when it is given back (samba)
test('cycles leave an inactive mailbox hidden that is asked to be removed, and it is shown again when it is given back', async () => {
  await ends.are({ grace: '1s', retention: '1h', lookAgainEvery: '1s' });
  const before = await ends.shown('held and asked');
  await ends.hold('held and asked', true);
  await ends.set('held and asked', { extensionAttribute9: ['RemoveMSOMbx'] });
  await ends.stage('held and asked', 'hold');
  // The object stays in scope, and its source object is not hidden.
  expect((await product.cycle()).counts).toMatchObject({ planned: 0 });
  expect(await ends.shown('held and asked')).toMatchObject({ msExchHideFromAddressLists: ['TRUE'] });
  await ends.set('held and asked', { title: ['Changed'] });
  expect(await ends.shown('held and asked', ['title'])).toMatchObject({
    msExchHideFromAddressLists: ['TRUE'],
    title: ['Changed'],
  });
  await ends.set('held and asked', { extensionAttribute9: [MAILBOX] });
  expect(await (await ends.workflow('held and asked')).result()).toEqual({ outcome: 'given back' });
  await product.cycle();
  expect(await ends.shown('held and asked')).toEqual({ ...before, msExchLitigationHoldDate: ['20260101000000.0Z'] });
});

// Shows: Timers / delay and resume by an operator: the time that it was stopped for is added (samba)
test('an operator stops the clock within the grace time and starts it again', async () => {
  await ends.are({ grace: '6s', retention: '1s' });
  await ends.leave('delayed');
  const workflow = await ends.workflow('delayed');
  const { graceUntil } = await ends.until('delayed', (row) => row.graceUntil !== null);
  const answer = await workflow.executeUpdate(delayUpdate, { args: [{ operator: 'Olga' }] });
  expect(answer).toBe('Stopped until the update `resume`.');
  expect(await workflow.executeUpdate(delayUpdate, { args: [{ operator: 'Olga' }] })).toBe('It was stopped already.');
  const before = await ends.shown('delayed');
  await ends.until('delayed', (row) => row.graceOver);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await ends.row('delayed')).toMatchObject({ stage: 'grace', begun: false });
  expect(await ends.shown('delayed')).toEqual(before);
  expect(await workflow.executeUpdate(resumeUpdate)).toBe('Goes on; the time that it was stopped for is added.');
  const row = await ends.row('delayed');
  expect(Number(row.graceUntil)).toBeGreaterThan(Number(graceUntil) + 1_000);
  expect(row.graceOver).toBe(false);
  expect(await workflow.result()).toEqual({ outcome: 'done' });
  expect(await ends.shown('delayed')).toBeNull();
  await recordHistory(product.temporal, workflow.workflowId, 'deprovision-object-delayed');
});

// Shows: Timers / delay within the retention time, and return while it is stopped (samba)
test('an object whose clock is stopped within the retention time is kept, and given back when it returns', async () => {
  await ends.are({ grace: '1s', retention: '6s' });
  const before = await ends.shown('delayed late');
  await ends.leave('delayed late');
  await ends.stage('delayed late', 'retention');
  const workflow = await ends.workflow('delayed late');
  await workflow.executeUpdate(delayUpdate, { args: [{ operator: 'Olga' }] });
  await ends.until('delayed late', (row) => row.retentionOver);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await ends.row('delayed late')).toMatchObject({ stage: 'retention' });
  await ends.comeBack('delayed late');
  expect(await workflow.result()).toEqual({ outcome: 'given back' });
  expect(await ends.shown('delayed late')).toEqual(before);
});

// Shows: Timers / a wrong delay is refused (samba)
test('a delay without a name that can be kept is refused, and the clock goes on', async () => {
  await ends.are({ grace: '1h' });
  await ends.leave('wrong');
  const workflow = await ends.workflow('wrong');
  for (const given of [undefined, {}, { operator: '' }, { operator: 'Olga\n# Title' }, { operator: 7 }])
    await expect(workflow.executeUpdate('delay', { args: [given] })).rejects.toMatchObject({
      cause: { type: 'NotAnswered' },
    });
  const [row] = await product.database.query<{ delayed: boolean }>(
    "SELECT delayed_at IS NOT NULL AS delayed FROM deprovisioning d JOIN identity i ON i.id = d.identity_id WHERE i.cn = 'wrong'",
  );
  expect(row?.delayed).toBe(false);
  await ends.tells('wrong', /^\*\*Grace time/);
});

// Shows: Deprovisioning / refused while the object is in error; goes on by itself when it is mended (samba)
test('an object in error waits, and its end goes on when the error is mended', async () => {
  await ends.are({ grace: '1s', retention: '1h', lookAgainEvery: '1h' });
  const before = await ends.shown('mistaken');
  const [alias] = before?.['mailNickname'] ?? [];
  await ends.set('mistaken', { extensionAttribute9: ['RemoveMSOMbx'], mailNickname: ['not one name'] });
  await ends.until('mistaken', (row) => row.graceOver && row.codes.includes('PE401'));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await ends.shown('mistaken')).toEqual(before);
  await ends.tells('mistaken', /^\*\*Waits for a correction: PE401\*\*/);
  await ends.set('mistaken', { mailNickname: [alias ?? ''] });
  await ends.stage('mistaken', 'retention');
  expect(await ends.shown('mistaken')).toMatchObject({ msExchRecipientTypeDetails: ['128'] });
  expect((await ends.row('mistaken')).codes).toEqual([]);
});

// Shows: Timers / both timers are shown in the UI, with what is waited for and how to stop the clock (samba)
test('the details and the timers of the workflow tell the operator what it waits for', async () => {
  await ends.are({ grace: '4s', retention: '1h', lookAgainEvery: '1s' });
  await ends.leave('shown');
  const grace = await ends.tells('shown', /Until/);
  expect(grace).toMatch(
    /^\*\*Grace time: nothing is undone until it is over\*\*\n\nUntil \S+Z\.\n\nThen the mailbox is taken off and the object is hidden\.\n\nTo stop the clock send the update `delay` with `\{"operator": "your name"\}`\.$/,
  );
  const until = Date.parse(/Until (\S+Z)/.exec(grace)?.[1] ?? '');
  expect(Math.abs(until - Number((await ends.row('shown')).graceUntil))).toBeLessThan(2_000);
  await ends.hold('shown', true);
  await ends.tells('shown', /^\*\*A litigation hold is set: nothing ends until it is lifted: PE402\*\*/);
  await ends.hold('shown', false);
  await ends.tells(
    'shown',
    /^\*\*Retention time: undone, and everything can be given back until it is over\*\*\n\nUntil \S+Z\.\n\nThen the object is deleted\./,
  );
  expect(new Set(await ends.timers('shown'))).toEqual(
    new Set(['Grace time', 'Looks again at the litigation hold', 'Retention time']),
  );
  const workflow = await ends.workflow('shown');
  await workflow.executeUpdate(delayUpdate, { args: [{ operator: 'Olga' }] });
  await ends.tells(
    'shown',
    /^\*\*Stopped by an operator\*\*\n\nSend the update `resume` to start the clock again where it stopped\.$/,
  );
});
