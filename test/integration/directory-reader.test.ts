import { present } from '../../directory/filter.ts';
import { DirectoryRefused } from '../../directory/errors.ts';
import { openReader } from '../../directory/reader.ts';
import type { RangeStep } from '../../directory/entries.ts';
import { done, endpointOf, found, openSandbox, type Sandbox } from '../support/directory-sandbox.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await openSandbox('customer');
});

afterAll(() => sandbox.dispose());

test('the root DSE names the controller, its naming contexts and its database', async () => {
  const root = await sandbox.reader.rootDse();
  expect(root.defaultNamingContext).toBe(sandbox.namingContext);
  expect(root.configurationNamingContext).toBe(`CN=Configuration,${sandbox.namingContext}`);
  expect(root.schemaNamingContext).toBe(`CN=Schema,CN=Configuration,${sandbox.namingContext}`);
  expect(root.dnsHostName).toMatch(/^dc1\./);
  expect(root.invocationId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  await sandbox.add('contact', 'one more USN');
  const later = await sandbox.reader.rootDse();
  expect(later.highestCommittedUSN).toBeGreaterThan(root.highestCommittedUSN);
  expect(later.invocationId).toBe(root.invocationId);
});

test('pages hold every object once, and no more than asked for', async () => {
  const guids = new Set<string>();
  for (let index = 0; index < 25; index += 1) guids.add(await sandbox.add('contact', `paged ${index}`));
  const sizes: number[] = [];
  const seen: string[] = [];
  const query = {
    base: sandbox.ou,
    scope: 'one',
    filter: present('objectClass'),
    attributes: ['name'],
    pageSize: 7,
  } as const;
  for await (const page of sandbox.reader.pages(query)) {
    sizes.push(page.length);
    seen.push(...page.filter((entry) => guids.has(entry.guid)).map((entry) => entry.guid));
  }
  expect(Math.max(...sizes)).toBe(7);
  expect(seen.sort()).toEqual([...guids].sort());
});

// Shows: Connector / continuation references are ignored, never followed (samba)
test('a search of the whole domain is not led astray by its continuation references', async () => {
  const query = {
    base: sandbox.namingContext,
    scope: 'sub',
    filter: present('objectClass'),
    attributes: [],
    pageSize: 1000,
  } as const;
  let count = 0;
  for await (const page of sandbox.reader.pages(query)) count += page.length;
  expect(count).toBeGreaterThan(100);
});

test('several searches on one connection do not get in each other’s way', async () => {
  // The schema: other test files add to and take from the domain meanwhile.
  const query = {
    base: `CN=Schema,CN=Configuration,${sandbox.namingContext}`,
    scope: 'sub',
    filter: present('objectClass'),
    attributes: ['name'],
    pageSize: 50,
  } as const;
  const search = async (): Promise<number> => {
    let count = 0;
    for await (const page of sandbox.reader.pages(query)) count += page.length;
    return count;
  };
  const alone = await search();
  expect(alone).toBeGreaterThan(1_000);
  expect(await Promise.all([search(), search(), search()])).toEqual([alone, alone, alone]);
});

// Shows: Connector / binary values never guessed (samba)
test('binary values that happen to be UTF-8 text stay binary, in all their bytes', async () => {
  const text = Buffer.from('\ufeffvalid UTF-8 ä😀').toString('base64');
  const arbitrary = Buffer.from([0, 255, 128, 10, 13]).toString('base64');
  const guid = await sandbox.add('user', 'binary', {
    'mS-DS-ConsistencyGuid': [Buffer.from('0123456789abcdef').toString('base64')],
    thumbnailPhoto: [text],
    jpegPhoto: [arbitrary, text],
    userCertificate: [text],
  });
  const { attributes } = await found(
    sandbox.reader.read({ guid }, ['mS-DS-ConsistencyGuid', 'thumbnailPhoto', 'jpegPhoto', 'userCertificate']),
  );
  expect(attributes).toEqual({
    'mS-DS-ConsistencyGuid': [Buffer.from('0123456789abcdef').toString('base64')],
    thumbnailPhoto: [text],
    jpegPhoto: [arbitrary, text].sort(),
    userCertificate: [text],
  });
});

test('attributes are found in any spelling and come back canonical, values sorted', async () => {
  const guid = await sandbox.add('user', 'spelling', {
    proxyAddresses: ['smtp:b@x.test', 'SMTP:a@x.test', 'sip:c@x.test'],
  });
  const { attributes } = await found(sandbox.reader.read({ guid }, ['PROXYADDRESSES', 'objectguid', 'mail']));
  expect(attributes).toEqual({
    proxyAddresses: ['SMTP:a@x.test', 'sip:c@x.test', 'smtp:b@x.test'],
    objectGUID: [guid],
  });
});

test('references carry the GUID and SID of their target, through renames', async () => {
  const boss = await sandbox.add('user', 'boss');
  const guid = await sandbox.add('user', 'clerk', { manager: [`<GUID=${boss}>`], secretary: [sandbox.dn('boss')] });
  await done(sandbox.writer.rename({ guid: boss }, 'renamed, boss'));
  const { attributes } = await found(sandbox.reader.read({ guid: boss }, ['objectSid']));
  const target = { guid: boss, sid: attributes.objectSid?.[0], dn: sandbox.dn('renamed, boss') };
  const { links } = await found(sandbox.reader.read({ guid }, ['manager', 'secretary', 'member']));
  expect(links).toEqual({ manager: [target], secretary: [target] });
});

test('a deleted object is seen only when asked for', async () => {
  const guid = await sandbox.add('user', 'short-lived');
  await done(sandbox.writer.remove({ guid }));
  expect(await sandbox.reader.read({ guid }, [])).toBeNull();
  const tombstone = await found(sandbox.reader.read({ guid }, ['isDeleted', 'lastKnownParent'], { showDeleted: true }));
  expect(tombstone.attributes.isDeleted).toEqual(['TRUE']);
  expect(tombstone.links.lastKnownParent?.[0]?.dn).toBe(sandbox.ou);
});

test('what does not exist is null, and a search there is refused with the base named', async () => {
  const nowhere = `OU=nowhere,${sandbox.ou}`;
  expect(await sandbox.reader.read({ dn: nowhere }, [])).toBeNull();
  const query = { base: nowhere, scope: 'sub', filter: present('objectClass'), attributes: [], pageSize: 10 } as const;
  const error: unknown = await sandbox.reader
    .pages(query)
    .next()
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DirectoryRefused);
  expect(String(error)).toContain(nowhere);
});

describe('ranges that are asked for', () => {
  const members: string[] = [];
  let group: string;

  beforeAll(async () => {
    for (let index = 0; index < 23; index += 1) members.push(await sandbox.add('contact', `member ${index}`));
    group = await sandbox.add('group', 'ranged', { member: members.map((guid) => `<GUID=${guid}>`) });
  });

  async function collect(size: number, between: () => Promise<void> = () => Promise.resolve()): Promise<RangeStep[]> {
    const steps: RangeStep[] = [];
    for await (const step of sandbox.reader.ranges(group, 'member', { size })) {
      steps.push(step);
      await between();
    }
    return steps;
  }

  const guids = (steps: readonly RangeStep[]): (string | null)[] =>
    steps.flatMap((step) => (step.kind === 'values' ? step.values.map((target) => target.guid) : []));

  // Shows: Connector / ranges that are asked for (samba)
  test.each([2, 5, 22, 23, 24, 1000])('%i at a time', async (size) => {
    const steps = await collect(size);
    expect(guids(steps).sort()).toEqual([...members].sort());
  });

  test('an empty list and an absent holder', async () => {
    const empty = await sandbox.add('group', 'empty');
    const steps: RangeStep[] = [];
    for await (const step of sandbox.reader.ranges(empty, 'member')) steps.push(step);
    expect(steps).toEqual([]);
    for await (const step of sandbox.reader.ranges('00000000-0000-0000-0000-000000000001', 'member')) steps.push(step);
    expect(steps).toEqual([{ kind: 'gone' }]);
  });

  // Shows: Connector / membership that changes between ranges is noticed (samba)
  test('a member that is deleted in between makes it start again, and nobody is missed', async () => {
    const order = guids(await collect(1000));
    let isFirst = true;
    const steps = await collect(5, async () => {
      if (!isFirst) return;
      isFirst = false;
      await done(sandbox.writer.remove({ guid: order[0] ?? '' }));
    });
    const restart = steps.findIndex((step) => step.kind === 'restart');
    expect(restart).toBe(1);
    expect(guids(steps.slice(restart)).sort()).toEqual(order.slice(1).sort());
  });

  // Shows: Connector / membership that changes between ranges is noticed, behind the end too (samba)
  test('members that are removed in between, behind the end of the list', async () => {
    const order = guids(await collect(1000));
    let isFirst = true;
    const steps = await collect(5, async () => {
      if (!isFirst) return;
      isFirst = false;
      const remove = order.slice(3).map((guid) => `<GUID=${guid ?? ''}>`);
      expect(await sandbox.writer.changeLinks({ guid: group }, 'member', { add: [], remove })).toEqual({
        failures: [],
      });
    });
    const restart = steps.findIndex((step) => step.kind === 'restart');
    expect(guids(steps.slice(restart)).sort()).toEqual(order.slice(0, 3).sort());
  });
});

test('the account for the customer’s forest reads all of it', async () => {
  const reader = openReader(endpointOf('customer', 'service'));
  const guid = await sandbox.add('user', 'read by service', { mail: ['a@x.test'] });
  expect((await found(reader.read({ guid }, ['mail', 'objectSid']))).attributes.mail).toEqual(['a@x.test']);
  await done(sandbox.writer.remove({ guid }));
  expect(await reader.read({ guid }, ['isDeleted'], { showDeleted: true })).toMatchObject({ guid });
  await reader.close();
});
