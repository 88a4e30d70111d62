import { beginConversionOf, endConversionOf } from '../../activities/convert-recipient.ts';
import type { ConversionBegin } from '../../activities/object-types.ts';
import type { MailWish } from '../../rules/services.ts';
import { replaceErrors } from '../../store/errors.ts';
import { openServices } from '../../store/services.ts';
import { keepFacts, settleService, takeMailbox, type MailboxWork } from '../../store/service-work.ts';
import { conversionId } from '../../workflows/ids.ts';
import { type CustomerStore, evaluated, guid, staged, useStore } from '../support/store.ts';

const MANAGED = 'DC=mgd,DC=fabrikam,DC=test';

const store = useStore();
let one: CustomerStore;
let identity: string;
let clock = 1_700_000_000_000;

/** An evaluation of object 1 that asks for a mailbox of a kind. */
function asks(recipient: string, quotaBytes: string | null = null): ReturnType<typeof evaluated> {
  const wish = { recipient, quotaBytes, region: 'EU', sourceSid: 'S-1-5-21-1-2-3-4', hidden: false };
  return evaluated(1, { service: { mail: wish as MailWish } });
}

async function take(run: string): Promise<MailboxWork> {
  const attempt = { workflowId: 'provision/1', workflowRun: run, scheduledAt: (clock += 1) };
  const work = await takeMailbox(store.database, identity, attempt, MANAGED);
  if (work === null) throw new Error('nothing to take');
  return work;
}

/** Makes the mailbox as it is wanted. */
async function provision(run: string, adopted = false): Promise<void> {
  const work = await take(run);
  const recipient = adopted ? 'shared' : (work.wanted['recipient'] as MailWish['recipient']);
  const facts = { mailboxGuid: guid(1), database: 'CN=DB1', legacyExchangeDn: '/o=x/cn=1', createdAt: '', recipient };
  const found = { recipientTypeDetails: '4', recipientDisplayType: null, masterAccountSid: 'S-1-5-10', sourceSid: '' };
  await keepFacts(store.database, work, adopted ? { ...facts, adopted: found } : facts);
  await settleService(store.database, work, 'provisioned', []);
}

async function mailbox(): Promise<{ state: string; recipient: string | null; wanted: MailWish }> {
  const [row] = await store.database.query<{ state: string; recipient: string | null; wanted: MailWish }>(
    "SELECT state, facts ->> 'recipient' AS recipient, wanted FROM service WHERE identity_id = $1 AND service = 'mail'",
    [identity],
  );
  if (row === undefined) throw new Error('there is no mailbox');
  return row;
}

async function errors(): Promise<{ code: string; details: string }[]> {
  return store.database.query('SELECT code, details FROM object_error WHERE forest_id = $1', [one.forest]);
}

function begin(to: string, run = 'conversion', more: object = {}): Promise<ConversionBegin> {
  const request = { customer: one.customer, forest: 'corp', identity, to, operator: 'olga', ...more };
  return beginConversionOf(store.database, request, run);
}

beforeEach(async () => {
  one = await store.customer();
  await one.stage(await one.run(), staged(1));
  await one.evaluate(asks('linked'));
  await one.seeManaged({ number: 1 });
  const [row] = await store.database.query<{ id: string }>('SELECT id FROM identity WHERE source_forest = $1', [
    one.forest,
  ]);
  identity = row?.id ?? '';
});

// Shows: Conversion / the recipient kind is fixed at the first provisioning, a later change is an error that names the way (postgresql)
test('another kind than the mailbox has is an error, and nothing of the mailbox changes, until it is taken back', async () => {
  await provision('first');
  await one.evaluate(asks('room', '5000'));
  expect(await errors()).toEqual([
    {
      code: 'PE403',
      details: `the mailbox is of the kind linked, asked for is room; id of the conversion: ${conversionId(one.customer, identity)}`,
    },
  ]);
  expect(await mailbox()).toMatchObject({
    state: 'provisioned',
    recipient: 'linked',
    wanted: { recipient: 'linked', quotaBytes: null },
  });
  await one.evaluate(asks('linked', '5000'));
  expect(await errors()).toEqual([]);
  expect(await mailbox()).toMatchObject({ state: 'wanted', wanted: { recipient: 'linked', quotaBytes: '5000' } });
});

test('before the first provisioning the kind is free', async () => {
  await one.evaluate(asks('room'));
  expect(await errors()).toEqual([]);
  expect(await mailbox()).toMatchObject({ recipient: null, wanted: { recipient: 'room' } });
  await provision('first');
  expect(await mailbox()).toMatchObject({ recipient: 'room' });
});

test('a mailbox that was adopted has a kind of its own, which is no error; converted, it is one of ours', async () => {
  await provision('first', true);
  await one.evaluate(asks('room'));
  expect(await errors()).toEqual([]);
  expect(await begin('room')).toMatchObject({ outcome: 'begun' });
  const { facts } = await take('conversion');
  expect(facts).toMatchObject({ recipient: 'room', mailboxGuid: guid(1) });
  expect(facts?.adopted).toBeUndefined();
  await endConversionOf(store.database, identity, 'conversion', 'given up');
  expect((await take('later')).facts).toMatchObject({ recipient: 'shared', adopted: { recipientTypeDetails: '4' } });
});

// Shows: Conversion / an operator has a mailbox converted to the kind that its source object asks for (postgresql)
test('a conversion that begins has the mailbox provisioned as the other kind, by its workflow and no cycle', async () => {
  await provision('first');
  await one.evaluate(asks('room', '5000'));
  expect(await begin('room')).toEqual({
    outcome: 'begun',
    provision: { customer: one.customer, forest: 'corp', identity, configuration: 1 },
  });
  expect(await errors()).toEqual([]);
  const run = await one.run();
  expect(await openServices(store.database, one.forest, run.id, 10)).toEqual([]);
  expect(await take('conversion')).toMatchObject({
    converting: true,
    wanted: { recipient: 'room', quotaBytes: '5000' },
  });
  await provision('conversion');
  await endConversionOf(store.database, identity, 'conversion', 'converted');
  expect(await take('later')).toMatchObject({ converting: false });
  await one.evaluate(asks('linked'));
  expect(await errors()).toMatchObject([{ code: 'PE403' }]);
});

test('a conversion that is given up has the mailbox be of its former kind again, and the error comes back', async () => {
  await provision('first');
  await one.evaluate(asks('room', '5000'));
  await begin('room');
  await endConversionOf(store.database, identity, 'conversion', 'given up');
  expect(await mailbox()).toMatchObject({
    state: 'wanted',
    recipient: 'linked',
    wanted: { recipient: 'linked', quotaBytes: null },
  });
  await one.evaluate();
  expect(await errors()).toMatchObject([{ code: 'PE403' }]);
  const run = await one.run();
  expect(await openServices(store.database, one.forest, run.id, 10)).toHaveLength(1);
});

// Shows: Conversion / a conversion whose workflow was terminated is taken over by the next (postgresql)
test('a conversion that its run did not end is taken over by the next to the same kind, and ended by that only', async () => {
  await provision('first');
  await one.evaluate(asks('room'));
  await begin('room', 'terminated');
  expect(await begin('room', 'next')).toMatchObject({ outcome: 'begun' });
  expect(await begin('shared', 'other')).toMatchObject({
    reason: 'another conversion of it, to room, is not at its end',
  });
  await endConversionOf(store.database, identity, 'terminated', 'given up');
  expect(await mailbox()).toMatchObject({ recipient: 'room' });
  await endConversionOf(store.database, identity, 'next', 'given up');
  expect(await mailbox()).toMatchObject({ recipient: 'linked' });
});

// Shows: Conversion / what can not be converted is refused with the reason (postgresql)
test('what can not be converted is refused with the reason, and nothing is changed', async () => {
  const reason = async (to: string, more: object = {}): Promise<string> => {
    const answer = await begin(to, 'conversion', more);
    return answer.outcome === 'refused' ? answer.reason : answer.outcome;
  };
  expect(await reason('room')).toBe('it has no mailbox');
  await provision('first');
  expect(await reason('linked')).toBe('its mailbox is of the kind linked already');
  expect(await reason('room')).toBe('the source object asks for linked; set the attribute first');
  await one.evaluate(asks('room'));
  await store.database.query("UPDATE service SET state = 'disconnected' WHERE identity_id = $1", [identity]);
  expect(await reason('room')).toBe('its mailbox is disconnected');
  await store.database.query("UPDATE service SET state = 'provisioned' WHERE identity_id = $1", [identity]);
  expect(await reason('shared')).toBe('the source object asks for room; set the attribute first');
  expect(await reason('room', { identity: guid(7) })).toBe('there is no such identity');
  expect(await reason('room', { forest: 'other' })).toBe('there is no such customer and forest');
  expect(await reason('room', { identity: 'x', operator: '' })).toBe('identity and operator can not be read');
  const found = { guid: guid(1), code: 'SE201', attribute: 'mailNickname', details: 'is missing' } as const;
  await store.database.transaction((transaction) => replaceErrors(transaction, one.forest, 'rule', [guid(1)], [found]));
  expect(await reason('room')).toBe('the source object is in error: SE201');
  expect(await mailbox()).toMatchObject({ state: 'provisioned', recipient: 'linked', wanted: { recipient: 'linked' } });
});
