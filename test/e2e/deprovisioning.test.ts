import { Ends } from '../support/ends.ts';
import { recordHistory } from '../support/histories.ts';
import { aliasesOf, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

/** Grace and retention on the clock of the real server, with durations of seconds. */
let product: Product;
let ends: Ends;

const NAMES = ['leaves', 'returns early', 'returns', 'returns late', 'asks', 'member', 'terminated', 'stays'];

beforeAll(async () => {
  product = await openProduct();
  ends = new Ends(product);
  const alias = aliasesOf(product);
  const guids: string[] = [];
  for (const name of NAMES)
    guids.push(
      await product.source.add(
        'user',
        name,
        mailUser(alias(name.replaceAll(' ', '-')), { extensionAttribute9: ['MBX=5GB;TYPE=EP2D;REG=EU'] }),
      ),
    );
  const member = guids.map((guid) => `<GUID=${guid}>`);
  await product.source.add('group', 'All', mailGroup(alias('all'), { member }));
  await product.cycle();
});

afterAll(() => product.dispose());

/** Keeps a history of a deprovisioning for the replay tests. */
async function record(name: string, as: string): Promise<void> {
  await recordHistory(product.temporal, (await ends.workflow(name)).workflowId, `deprovision-object-${as}`);
}

// Shows: Timers / grace: nothing is undone before it is over (samba)
// Shows: Timers / retention: what was undone can be given back until it is over, then the object is deleted (samba)
test('an object that leaves is as it was until the grace time is over, undone until the retention time is, and then deleted', async () => {
  await ends.are({ grace: '3s', retention: '4s' });
  const before = await ends.shown('leaves');
  expect(before).toMatchObject({ msExchRecipientTypeDetails: ['2'] });
  await ends.leave('leaves');
  for (let row = await ends.row('leaves'); row.stage === 'grace';) {
    const image = await ends.shown('leaves');
    row = await ends.row('leaves');
    if (!row.begun) expect(image).toEqual(before);
    else expect(row.graceOver).toBe(true);
  }
  const pointers = {
    msExchPreviousHomeMDB: before?.['homeMDB'],
    msExchPreviousMailboxGuid: before?.['msExchMailboxGuid'],
    msExchPreviousRecipientTypeDetails: ['2'],
    msExchRecipientTypeDetails: ['128'],
    msExchHideFromAddressLists: ['TRUE'],
  };
  let looked = 0;
  for (;;) {
    const image = await ends.shown('leaves');
    const row = await ends.row('leaves');
    if (row.retentionOver) break;
    expect(image).toMatchObject(pointers);
    looked += 1;
  }
  expect(looked).toBeGreaterThan(0);
  expect(await (await ends.workflow('leaves')).result()).toEqual({ outcome: 'done' });
  expect(await ends.shown('leaves')).toBeNull();
  await record('leaves', 'done');
});

// Shows: Timers / cancelled when the object returns within the grace time: nothing was touched (samba)
test('an object that returns within the grace time was never touched', async () => {
  await ends.are({ grace: '1h', retention: '1h' });
  const before = await ends.shown('returns early', ['whenChanged']);
  await ends.leave('returns early');
  expect(await ends.row('returns early')).toMatchObject({ stage: 'grace', begun: false });
  await ends.comeBack('returns early');
  expect(await (await ends.workflow('returns early')).result()).toEqual({ outcome: 'kept' });
  expect(await ends.shown('returns early', ['whenChanged'])).toEqual(before);
  await record('returns early', 'returned-during-grace');
});

// Shows: Timers / return within the retention time: everything is given back (samba)
test('an object that returns within the retention time has all again that was taken', async () => {
  await ends.are({ grace: '1s', retention: '1h' });
  const before = await ends.shown('returns');
  await ends.leave('returns');
  await ends.stage('returns', 'retention');
  expect(await ends.shown('returns')).not.toEqual(before);
  await ends.comeBack('returns');
  expect(await (await ends.workflow('returns')).result()).toEqual({ outcome: 'given back' });
  expect(await ends.shown('returns')).toEqual(before);
  await record('returns', 'returned-during-retention');
});

// Shows: Timers / return on the last day: a return just before the end wins (samba)
test('a return just before the end of the retention time wins', async () => {
  await ends.are({ grace: '1s', retention: '12s' });
  const before = await ends.shown('returns late');
  await ends.leave('returns late');
  await ends.until('returns late', (row) => row.stage === 'retention' && row.retentionLeft < 6);
  await ends.comeBack('returns late');
  expect(await (await ends.workflow('returns late')).result()).toEqual({ outcome: 'given back' });
  await ends.until('returns late', (row) => row.retentionOver);
  expect(await ends.shown('returns late')).toEqual(before);
  // Its mailbox is the same one for the cycles that follow too.
  expect((await product.cycle()).counts).toMatchObject({ planned: 0, blocked: 0 });
  expect(await ends.shown('returns late')).toEqual(before);
});

// Shows: Deprovisioning / memberships leave with what is undone, not before, and come back with the object (samba)
test('memberships leave when the object is undone, not before, and come back with it', async () => {
  await ends.are({ grace: '1h', retention: '1h' });
  expect(await ends.members('All')).toContain('member');
  await ends.leave('member');
  expect((await product.cycle()).counts).toMatchObject({ plannedReferences: 0 });
  expect(await ends.members('All')).toContain('member');
  await ends.comeBack('member');
  await (await ends.workflow('member')).result();

  await ends.are({ grace: '1s', retention: '1h' });
  await ends.leave('member');
  await ends.stage('member', 'retention');
  await product.cycle('delta');
  expect(await ends.members('All')).not.toContain('member');
  await ends.comeBack('member');
  expect(await ends.members('All')).toContain('member');
});

// Shows: Deprovisioning / whose mailbox is taken off stays a member of its groups (samba)
// Shows: Timers / the removal value: the mailbox is taken off, and is not asked for again by taking the value away (samba)
test('whose mailbox is removed by its value is a mail user, stays in its groups, and gets the mailbox again by asking for one', async () => {
  await ends.are({ grace: '1s', retention: '1h' });
  const before = await ends.shown('asks');
  await ends.set('asks', { extensionAttribute9: ['RemoveMSOMbx'] });
  await ends.stage('asks', 'retention');
  const off = await ends.shown('asks');
  expect(off).toMatchObject({ msExchRecipientTypeDetails: ['128'] });
  expect(off).not.toHaveProperty('homeMDB');
  await ends.set('asks', { extensionAttribute9: [] });
  await product.cycle();
  expect(await ends.shown('asks')).toEqual(off);
  expect(await ends.members('All')).toContain('asks');
  await ends.set('asks', { extensionAttribute9: ['MBX=5GB;TYPE=EP2D;REG=EU'] });
  expect(await (await ends.workflow('asks')).result()).toEqual({ outcome: 'given back' });
  expect(await ends.shown('asks')).toEqual(before);
});

// Shows: Timers / a workflow that was terminated, or lost with its server, is started again by the next whole cycle (samba)
test('the end of an object whose workflow was terminated goes on after the next whole cycle', async () => {
  await ends.are({ grace: '1h', retention: '1h' });
  await ends.leave('terminated');
  const workflow = await ends.workflow('terminated');
  const { graceUntil } = await ends.until('terminated', (row) => row.graceUntil !== null);
  await workflow.terminate('by mistake');
  await product.cycle('delta');
  expect((await workflow.describe()).status.name).toBe('TERMINATED');
  await product.cycle();
  await ends.tells('terminated', /^\*\*Grace time/);
  expect((await ends.row('terminated')).graceUntil).toEqual(graceUntil);
});
