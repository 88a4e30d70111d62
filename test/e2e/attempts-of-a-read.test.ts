import { readSource } from '../../activities/read-forest.ts';
import { readSecret } from '../../activities/secrets.ts';
import { openRun, readRun } from '../../store/runs.ts';
import { mailContact } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

const CONTACTS = 20;
let product: Product;

beforeAll(async () => {
  product = await openProduct({ worker: false });
  for (let index = 0; index < CONTACTS; index += 1)
    await product.source.add(
      'contact',
      `Contact ${String(index)}`,
      mailContact(`contact${String(index)}.${product.name}`),
    );
});

afterAll(() => product.dispose());

// Shows: Connector / a whole read that is tried again does not begin at the first domain (samba)
test('an attempt at a whole read goes on with the domains that the one before did not come to', async () => {
  const { database, configuration, forest } = product;
  const id = await openRun(database, {
    customer: product.name,
    forestId: forest,
    profile: 'full',
    configuration: 1,
    workflowId: 'cycle',
    workflowRun: 'one',
    lockCounter: '1',
  });
  const run = await readRun(database, id);
  if (run === null) throw new Error('no run');
  const unused = (): Promise<never> => Promise.reject(new Error('not used'));
  const attempt = (): ReturnType<typeof readSource> =>
    readSource(
      {
        database,
        rulesVersion: 'test',
        secret: (source) => readSecret(source, {}),
        workflows: {
          isRunning: unused,
          holdChanged: unused,
          startDeprovisioning: unused,
          startProvisioning: unused,
          startReconnection: unused,
          endAll: unused,
          endSchedules: unused,
          startReport: unused,
          lookAtAlerts: unused,
        },
      },
      run,
      configuration,
      'corp',
      new AbortController().signal,
    );
  const first = await attempt();
  expect(first.read).toBeGreaterThanOrEqual(CONTACTS);
  const second = await attempt();
  expect(second.whole).toBe(first.whole);
  expect(second.read).toBeLessThan(first.read / 2);
});
