import type { Evaluation } from '../../rules/evaluate.ts';
import type { VoiceWish } from '../../rules/voice.ts';
import { openServices } from '../../store/services.ts';
import { keepFacts, settleService, takeVoice, type VoiceWork } from '../../store/service-work.ts';
import { type CustomerStore, evaluated, guid, outOfScope, staged, useStore } from '../support/store.ts';

const MANAGED = 'DC=mgd,DC=fabrikam,DC=test';

const store = useStore();
let one: CustomerStore;
let clock = 1_700_000_000_000;

const wish: VoiceWish = {
  account: 'user',
  sipAddress: 'sip:ann@contoso.test',
  features: ['enhancedPresence'],
  region: 'EU',
  line: null,
  sourceSid: 'S-1-5-21-1-2-3-4',
};

/** An evaluation of object 1 that says this of voice. */
function says(service: Evaluation['service']): Evaluation {
  return evaluated(1, { service });
}

async function take(): Promise<VoiceWork | null> {
  const [identity] = await store.database.query<{ id: string }>('SELECT id FROM identity WHERE source_forest = $1', [
    one.forest,
  ]);
  const attempt = { workflowId: 'provision/1', workflowRun: '1', scheduledAt: (clock += 1) };
  return takeVoice(store.database, identity?.id ?? '', attempt, MANAGED);
}

/** Does what is wanted of the voice, and answers whether that was anything. */
async function provision(): Promise<'given' | 'ended' | 'nothing'> {
  const run = await one.run();
  if ((await openServices(store.database, one.forest, run.id, 10)).length === 0) return 'nothing';
  const work = await take();
  if (work === null) return 'nothing';
  if (work.wanted !== null) await keepFacts(store.database, work, { pool: 'CN=EU' });
  await settleService(store.database, work, 'provisioned', []);
  return work.wanted === null ? 'ended' : 'given';
}

beforeEach(async () => {
  one = await store.customer();
  await one.stage(await one.run(), staged(1));
  await one.evaluate(says({ voice: wish }));
  await one.seeManaged({ number: 1 });
});

// Shows: Voice / ended once, where it is clear that it is not asked for, and given back in its pool (postgresql)
test('voice that is not asked for any more is ended once; given again it has the facts that it had', async () => {
  expect(await provision()).toBe('given');
  await one.evaluate(says({}));
  expect(await provision()).toBe('ended');
  expect(await take()).toBeNull();
  await one.evaluate(says({}));
  expect(await provision()).toBe('nothing');
  await one.evaluate(says({ voice: wish }));
  expect(await take()).toMatchObject({ wanted: { region: 'EU' }, facts: { pool: 'CN=EU' } });
});

// Shows: Voice / a wish that can not be told ends nothing (postgresql)
test('a wish that can not be told leaves the voice as it is, and so does an object out of scope or in error', async () => {
  expect(await provision()).toBe('given');
  await one.evaluate(says({ voice: null }));
  expect(await provision()).toBe('nothing');
  const work = await take();
  expect(work).toMatchObject({ wanted: { sipAddress: wish.sipAddress } });
  if (work !== null) await settleService(store.database, work, 'provisioned', []);
  const error = { code: 'SE201', attribute: 'mailNickname', details: 'is missing' } as const;
  await one.evaluate(evaluated(1, { errors: [error] }));
  expect(await provision()).toBe('nothing');
  await one.evaluate(outOfScope(1));
  expect(await provision()).toBe('nothing');
});

test('voice that was asked for and never begun is forgotten when it is not asked for any more', async () => {
  await one.evaluate(says({}));
  expect(await provision()).toBe('nothing');
  expect(await take()).toBeNull();
});

test('an error of voice keeps the mailbox from nothing, nor the other way round', async () => {
  const mail = { recipient: 'linked', quotaBytes: null, region: 'EU', sourceSid: '', hidden: false } as const;
  const open = async (code: 'PE101' | 'PE201'): Promise<string[]> => {
    const errors = [{ code, attribute: 'info', details: 'is wrong' }];
    await one.evaluate(evaluated(1, { service: { voice: wish, mail }, errors }));
    await openServices(store.database, one.forest, (await one.run()).id, 10);
    const rows = await store.database.query<{ service: string }>(
      "SELECT s.service FROM service s JOIN identity i ON i.id = s.identity_id WHERE i.source_forest = $1 AND i.source_guid = $2 AND s.state = 'provisioning'",
      [one.forest, guid(1)],
    );
    return rows.map((row) => row.service);
  };
  expect(await open('PE201')).toEqual(['mail']);
  await store.database.query("UPDATE service SET state = 'wanted'");
  expect(await open('PE101')).toEqual(['voice']);
});
