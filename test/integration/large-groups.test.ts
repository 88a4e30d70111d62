import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import type { Database } from '../../store/database.ts';
import { fakeServers } from '../support/fake-directory.ts';
import { pageOf, type FakeAnswer, type FakeSearch } from '../support/fake-ldap.ts';
import type { LargeGroupTask } from '../support/stage-large-group.ts';
import { testStack } from '../support/stack.ts';
import { CustomerStore, guid, openStore, staged } from '../support/store.ts';

const MEMBERS = 100_000;
const MAX_VAL_RANGE = 1500;
const GROUP = 1;
/** What the thread needs for its programs alone is about 20 MB; the members as objects would need more than is left. */
const HEAP_MB = 32;

const servers = fakeServers();
let database: Database;
let dispose: () => Promise<void>;
let contoso: CustomerStore;

beforeAll(async () => {
  ({ database, dispose } = await openStore());
  contoso = await CustomerStore.open(database, 'contoso');
});

afterAll(() => dispose());

const memberGuid = (index: number): string => guid(1_000_000 + index);

/** A group as Active Directory answers it: never more than 1,500 members, whatever was asked. */
function largeGroup(change: (request: number) => { readonly usn: number; readonly members: number }) {
  let requests = 0;
  return (request: FakeSearch): FakeAnswer => {
    requests += 1;
    if (pageOf(request) !== '') return {};
    const { usn, members } = change(requests);
    const wanted = request.attributes.find((name) => name.startsWith('member')) ?? 'member';
    const [, from = '0', to = '*'] = /^member;range=(\d+)-(\d+|\*)$/.exec(wanted) ?? [];
    const start = Number(from);
    const size = Math.min(to === '*' ? Infinity : Number(to) - start + 1, MAX_VAL_RANGE, members - start);
    const end = start + size;
    const values = Array.from(
      { length: size },
      (_, index) => `<GUID=${memberGuid(start + index)}>;CN=Member ${String(start + index)},OU=People,DC=fake,DC=test`,
    );
    const attributes = {
      uSNChanged: [String(usn)],
      [`member;range=${String(start)}-${end === members ? '*' : String(end - 1)}`]: values,
    };
    return { entries: [{ dn: `<GUID=${guid(GROUP)}>;CN=group,DC=fake,DC=test`, attributes }] };
  };
}

async function stage(ldapUrl: string): Promise<void> {
  const { databaseUrl } = testStack();
  const task: LargeGroupTask = { ldapUrl, databaseUrl, schema: database.schema, forest: contoso.forest };
  const thread = new Worker(join(import.meta.dirname, '..', 'support', 'stage-large-group.ts'), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 8 },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const [code] = (await once(thread, 'exit')) as [number];
  expect(code).toBe(0);
}

async function members(): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    "SELECT count(DISTINCT target)::int AS count FROM source_link WHERE forest_id = $1 AND holder = $2 AND attribute = 'member'",
    [contoso.forest, guid(GROUP)],
  );
  return row?.count ?? 0;
}

describe('fake LDAP server: a group of 100,000 members', () => {
  // Shows: Connector / 100,000 members in bounded memory (fake LDAP)
  test('is staged with less memory than its members would need', async () => {
    await contoso.stage(await contoso.run(), staged(GROUP, 'group', {}, null));
    const server = await servers.start({ search: largeGroup(() => ({ usn: 1, members: MEMBERS })) });
    await stage(server.url);
    expect(await members()).toBe(MEMBERS);
  });

  // Shows: Connector / membership that changes between ranges is noticed (fake LDAP)
  test('that loses members while it is read is read again', async () => {
    const shrinks = largeGroup((request) =>
      request < 30 ? { usn: 1, members: MEMBERS } : { usn: 2, members: MEMBERS - 3 },
    );
    await stage((await servers.start({ search: shrinks })).url);
    expect(await members()).toBe(MEMBERS - 3);
  });
});
