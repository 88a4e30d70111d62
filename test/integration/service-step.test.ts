import type { ServiceDriver, ServiceStep } from '../../activities/drivers/driver.ts';
import { chooseDriver, ProgramMissing } from '../../activities/drivers/choose-driver.ts';
import { directoryDriver } from '../../activities/drivers/directory-driver.ts';
import { applyStep, StepPostponed, type StepTools } from '../../activities/service-step.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import type { TakenService } from '../../store/service-changes.ts';
import { ServiceTaken } from '../../store/service-work.ts';
import { found, openSandbox, type Sandbox } from '../support/directory-sandbox.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';
import { evaluated, staged, useStore } from '../support/store.ts';

const store = useStore();
let sandbox: Sandbox;
let step: ServiceStep;
let taken: TakenService;

beforeAll(async () => {
  sandbox = await openSandbox('managed');
});

afterAll(() => sandbox.dispose());

beforeEach(async () => {
  const customer = await store.customer();
  await customer.stage(await customer.run(), staged(1));
  await customer.evaluate(evaluated(1, { service: { mail: {} } as never }));
  const [row] = await store.database.query<TakenService>(
    'SELECT s.identity_id AS "identityId", s.service, s.lock_counter AS counter FROM service s JOIN identity i ON i.id = s.identity_id WHERE i.source_forest = $1',
    [customer.forest],
  );
  if (row === undefined) throw new Error('there is no service');
  taken = row;
  const managedGuid = await sandbox.add('user', `user ${String(customer.forest)}`, { displayName: ['before'] });
  step = wanting({ displayName: ['after'], info: ['new'], description: [] }, managedGuid);
});

function wanting(wanted: AttributeImage, managedGuid = step.managedGuid): ServiceStep {
  return { action: 'provision', service: 'mail', recipient: 'linked', managedGuid, wanted };
}

function tools(driver: ServiceDriver = directoryDriver(sandbox.writer)): StepTools {
  return { database: store.database, reader: sandbox.reader, driver };
}

async function shown(): Promise<AttributeImage> {
  return (await found(sandbox.reader.read({ guid: step.managedGuid }, ['displayName', 'info']))).attributes;
}

async function records(): Promise<
  { before: AttributeImage; after: AttributeImage; state: string; answer: string | null }[]
> {
  return store.database.query(
    "SELECT before, after, state, answer FROM planned_change WHERE identity_id = $1 AND stage = 'services' ORDER BY id",
    [taken.identityId],
  );
}

const BEFORE = { displayName: ['before'], info: [] };

test('what differs is written in one change, with what was there before on record; again, nothing is', async () => {
  expect(await applyStep(tools(), taken, step)).toEqual({ outcome: 'done', wrote: true });
  expect(await shown()).toEqual({ displayName: ['after'], info: ['new'] });
  expect(await applyStep(tools(), taken, step)).toEqual({ outcome: 'done', wrote: false });
  expect(await records()).toEqual([
    { before: BEFORE, after: { displayName: ['after'], info: ['new'] }, state: 'confirmed', answer: null },
  ]);
});

// Shows: Drivers / steps are idempotent: a step that was broken off is gone on with (samba)
test('a step whose attempt died after writing is gone on with: the driver is asked again, the record is the same', async () => {
  const dying: ServiceDriver = {
    apply: async (...given) => {
      await directoryDriver(sandbox.writer).apply(...given);
      throw new Error('killed');
    },
  };
  await expect(applyStep(tools(dying), taken, step)).rejects.toThrow('killed');
  const asked: unknown[] = [];
  const noting: ServiceDriver = {
    apply: (_step, change) => {
      asked.push(change);
      return Promise.resolve({ outcome: 'done' });
    },
  };
  expect(await applyStep(tools(noting), taken, step)).toEqual({ outcome: 'done', wrote: false });
  expect(asked).toEqual([{ before: BEFORE, after: { displayName: ['after'], info: ['new'] }, unwritten: {} }]);
  expect(await records()).toMatchObject([{ before: BEFORE, state: 'confirmed' }]);
});

test('where another value is wanted meanwhile, what was there before is what was there before the first attempt', async () => {
  const postponing: ServiceDriver = {
    apply: async (...given) => {
      await directoryDriver(sandbox.writer).apply(...given);
      return { outcome: 'retry', details: 'later' };
    },
  };
  await expect(applyStep(tools(postponing), taken, step)).rejects.toThrow(StepPostponed);
  expect(await records()).toMatchObject([{ state: 'planned', answer: 'later' }]);
  expect(await applyStep(tools(), taken, wanting({ displayName: ['newest'] }))).toMatchObject({ outcome: 'done' });
  expect(await records()).toEqual([
    { before: BEFORE, after: { displayName: ['newest'], info: ['new'] }, state: 'confirmed', answer: null },
  ]);
});

// Shows: Drivers / a step's result is confirmed by reading it (samba)
test('a driver that says done is not believed', async () => {
  const lying: ServiceDriver = { apply: () => Promise.resolve({ outcome: 'done' }) };
  expect(await applyStep(tools(lying), taken, step)).toEqual({
    outcome: 'refused',
    code: 'PE901',
    details: 'written, but not shown when read again: displayName, info',
  });
  expect(await records()).toMatchObject([{ state: 'failed' }]);
});

test('what the directory refuses is the object’s error, and nothing of it is written', async () => {
  const refused = await applyStep(tools(), taken, wanting({ info: ['x'], homeMDB: ['CN=nowhere,DC=nowhere'] }));
  expect(refused).toMatchObject({ outcome: 'refused', code: 'PE901' });
  expect(await shown()).toEqual({ displayName: ['before'] });
  expect(await records()).toMatchObject([{ state: 'failed' }]);
});

test('an attempt that has lost the service writes nothing', async () => {
  await store.database.query('UPDATE service SET lock_counter = lock_counter + 1 WHERE identity_id = $1', [
    taken.identityId,
  ]);
  await expect(applyStep(tools(), taken, step)).rejects.toThrow(ServiceTaken);
  expect(await shown()).toEqual({ displayName: ['before'] });
  expect(await records()).toEqual([]);
});

// Shows: Drivers / the command driver's program is named in the worker's settings, never in a customer's file (none)
test('a configuration that asks for the command driver does nothing where the worker has no program', () => {
  const configuration = sampleConfiguration();
  const asking = { ...configuration, services: { ...configuration.services, driver: 'command' as const } };
  expect(() => chooseDriver(asking, undefined, sandbox.writer)).toThrow(ProgramMissing);
});
