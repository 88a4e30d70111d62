import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cycleScheduleId } from '../../workflows/ids.ts';
import { itasca, itascaJson, run, runAsProcess, variablesFor } from '../support/command.ts';
import { done } from '../support/directory-sandbox.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

let product: Product;
const people = ['Ada', 'Ben', 'Cem', 'Dag', 'Eve', 'Fay'] as const;

beforeAll(async () => {
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      guard: { ...configuration.guard, attributes: { title: { changed: { count: 2, percent: 100, few: 2 } } } },
    }),
  });
  for (const name of people)
    await product.source.add('user', name, mailUser(`${name}.${product.name}`.toLowerCase(), { title: ['Engineer'] }));
  const wrong = mailUser(`bad.${product.name}`, { mail: ['bad address@contoso.test'] });
  await product.source.add('user', 'Bad', wrong);
});

afterAll(() => product.dispose());

async function titles(value: string): Promise<void> {
  for (const name of people)
    await done(
      product.source.writer.modify({ dn: product.source.dn(name) }, [
        { operation: 'replace', attribute: 'title', values: [value] },
      ]),
    );
}

async function managedTitles(): Promise<readonly string[]> {
  const objects = await product.managedObjects(['title']);
  return [...new Set([...objects.values()].flatMap((entry) => entry.attributes['title'] ?? []))].sort();
}

interface Waiting {
  readonly run: string;
  readonly workflowId: string;
  readonly hash: string;
  readonly changes: number;
}

async function waitingList(): Promise<Waiting> {
  const { value } = await itascaJson(product, 'changes');
  return (value as { readonly list: Waiting }).list;
}

// Shows: Command / sync runs a cycle now; status tells monitoring how things stand, by its exit code too (samba)
test('sync runs a cycle and status says how things stand', async () => {
  expect((await itasca(product, 'status')).out).toContain('none yet');
  const synced = await itasca(product, 'sync', '--full');
  expect(synced).toMatchObject({ code: 0, err: '' });
  expect(synced.out).toMatch(/Cycle \d+ completed/);
  expect(synced.out).toMatch(/planned +│ 6/);
  const status = await itasca(product, 'status');
  expect(status).toMatchObject({ code: 0, err: '' });
  expect(status.out).toMatch(new RegExp(`${product.name} +│ corp +│ \\d+ s ago \\(cycle 1\\)`));
  const { value } = await itascaJson(product, 'status');
  expect(value).toMatchObject({
    forests: [{ customer: product.name, forest: 'corp', overdue: false, errors: { SE101: 1 }, waitingLists: 0 }],
    lists: [],
  });
});

// Shows: Command / errors: the objects in error with cause and remedy, and what a code means (samba)
test('errors are listed with their remedies, and a code explains itself', async () => {
  const { code, out } = await itasca(product, 'errors');
  expect(code).toBe(0);
  expect(out).toContain('Correct `mail` in the Customer Forest');
  const { value } = await itascaJson(product, 'errors', 'list', '--code', 'se101');
  expect(value).toMatchObject({ errors: [{ code: 'SE101', dn: product.source.dn('Bad'), count: 1 }] });
  const none = await itascaJson(product, 'errors', 'list', '--code', 'SE303');
  expect(none.value).toMatchObject({ errors: [], counts: [] });
  expect((await itasca(product, 'errors', 'show', 'SE101')).out).toContain('Impact:');
  expect(await itascaJson(product, 'errors', 'show', 'SE101')).toMatchObject({ code: 0, value: { code: 'SE101' } });
});

// Shows: Command / approve and reject: exactly the list that was looked at, by a named operator; the exit code 2 while something waits (samba)
test('a list that waits is shown, answered by its hash, and written', async () => {
  await titles('Director');
  const synced = await itasca(product, 'sync');
  expect(synced.code).toBe(2);
  expect((await itasca(product, 'status')).code).toBe(2);
  const shown = await itasca(product, 'changes');
  expect(shown.code).toBe(2);
  expect(shown.out).toMatch(/modify.*Engineer.*Director/);
  const { run: cycle, workflowId, hash, changes } = await waitingList();
  expect(changes).toBe(6);
  const other = await itasca(product, 'approve', cycle, '--hash', '0123456789abcdef');
  expect(other.code).toBe(1);
  expect(other.err).toContain(hash);
  expect(await managedTitles()).toEqual(['Engineer']);
  const approved = await itasca(product, 'approve', cycle, '--hash', hash);
  expect(approved).toMatchObject({ code: 0, err: '' });
  await product.temporal.workflow.getHandle(workflowId).result();
  expect(await managedTitles()).toEqual(['Director']);
  const [row] = await product.database.query<{ operator: string }>('SELECT operator FROM hold WHERE run_id = $1', [
    cycle,
  ]);
  expect(row?.operator).toBe('Olga Operator');
});

// Shows: Command / object explain: source, scope and its rule, each attribute with rule and source value, errors, what would be written, and the timeline (samba)
test('an object is explained by its name of either forest: why it is as it is, and what happened to it', async () => {
  const explained = async (name: string): Promise<Record<string, unknown>> => {
    const { code, value } = await itascaJson(product, 'object', 'explain', name);
    expect(code).toBe(0);
    return value as Record<string, unknown>;
  };
  const ada = await explained(`ada.${product.name}@contoso.test`);
  expect(ada).toMatchObject({
    source: { dn: product.source.dn('Ada'), kind: 'user', gone: false },
    evaluation: { inScope: true, scopeRule: expect.stringContaining('OU=') as string },
    change: null,
    errors: [],
  });
  expect(ada['attributes']).toContainEqual({
    attribute: 'title',
    wanted: ['Director'],
    managed: ['Director'],
    rule: 'default attribute flow',
    from: { title: ['Director'] },
  });
  const told = (ada['timeline'] as readonly { readonly what: string; readonly details: string }[]).map(
    ({ what, details }) => `${what}: ${details}`,
  );
  expect(told[0]).toMatch(/^source: first seen as CN=Ada/);
  const timeline = ada['timeline'] as readonly Record<string, unknown>[];
  expect(timeline.filter(({ details }) => details === 'changed title')).toMatchObject([
    {
      what: 'source',
      before: ['Engineer'],
      after: ['Director'],
      workflowId: expect.stringContaining('cycle/') as string,
    },
  ]);
  expect((await itasca(product, 'object', 'explain', product.source.dn('Ada'))).out).toContain(
    'changed title: Engineer -> Director',
  );
  const inOrder = [
    /^plan: add by .*\(confirmed/,
    /^write: add/,
    /^source: changed title/,
    /^plan: modify/,
    /^operator: Olga Operator approved the list/,
    /^write: modify/,
  ];
  const places = inOrder.map((pattern) => told.findIndex((line) => pattern.test(line)));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(0);

  const { source } = ada as { source: { guid: string } };
  const managed = (await product.managedObjects([])).get('Ada');
  for (const name of [source.guid, product.source.dn('Ada'), managed?.dn ?? '', managed?.guid ?? ''])
    expect((await explained(name))['source']).toMatchObject({ guid: source.guid });

  // What the customer has changed and a cycle has read, but not written yet, shows in the next change.
  await product.database.query(
    `UPDATE source_object SET attributes = jsonb_set(attributes, '{title}', '["Chief"]'), dirty = true WHERE guid = $1`,
    [source.guid],
  );
  const waiting = await explained(source.guid);
  expect(waiting['change']).toMatchObject({
    operation: 'modify',
    before: { title: ['Director'] },
    after: { title: ['Chief'] },
  });
  await product.database.query(
    `UPDATE source_object SET attributes = jsonb_set(attributes, '{title}', '["Director"]'), dirty = true WHERE guid = $1`,
    [source.guid],
  );

  const bad = await itasca(product, 'object', 'explain', product.source.dn('Bad'));
  expect(bad.out).toContain('SE101');
  expect(bad.out).toContain('Correct `mail` in the Customer Forest');
  const nobody = await itasca(product, 'object', 'explain', 'nobody@contoso.test');
  expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining('Nothing is staged') as string });
});

// Shows: Command / undo of a cycle: planned, shown, and rejected (samba)
test('an undo shows what it would put back and writes nothing when it is rejected', async () => {
  await product.cycle('delta');
  const [first] = await product.database.query<{ id: string }>('SELECT workflow_id AS id FROM run WHERE id = 1');
  const undone = await itasca(product, 'undo', first?.id ?? '');
  expect(undone).toMatchObject({ code: 2, err: '' });
  const list = await waitingList();
  expect(list.changes).toBeGreaterThan(0);
  const rejected = await itascaJson(product, 'reject', list.run, '--hash', list.hash);
  expect(rejected).toMatchObject({ code: 0, value: { answer: 'reject', operator: 'Olga Operator' } });
  await product.temporal.workflow.getHandle(list.workflowId).result();
  const again = await itascaJson(product, 'undo', first?.id ?? '');
  expect(again).toMatchObject({ code: 2, value: { list: { changes: list.changes } } });
  const { run, hash } = await waitingList();
  expect(await itasca(product, 'reject', run, '--hash', hash)).toMatchObject({ code: 0, err: '' });
  expect((await itasca(product, 'changes')).out).toContain('Nothing waits');
  expect(await managedTitles()).toEqual(['Director']);
});

// Shows: Command / settings from environment and file; what is wrong with them is told with its place (samba)
test('settings are read from a file, and what is wrong is told with its place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'itasca-command-'));
  const file = join(folder, 'itasca.yaml');
  const settings = { databaseUrl: testStack().databaseUrl, schema: product.schema, temporal: testStack().temporal };
  try {
    const { address, namespace } = settings.temporal;
    await writeFile(file, JSON.stringify({ ...settings, temporal: { address, namespace } }), { mode: 0o600 });
    expect(await run({ ITASCA_SETTINGS: file }, ['errors'])).toMatchObject({ code: 0, err: '' });
    await chmod(file, 0o644);
    const open = await run({ ITASCA_SETTINGS: file }, ['errors']);
    expect(open).toMatchObject({ code: 1, err: expect.stringContaining('chmod 600') as string });
    await chmod(file, 0o600);
    await writeFile(file, 'databaseUrl: nowhere\nschem: x\n');
    const wrong = await run({}, ['errors', '--settings', file]);
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('databaseUrl: must be a postgres:// URL');
    expect(wrong.err).toContain('schem');
    const url = await run({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }, ['status', '--json']);
    expect(url.code).toBe(1);
    expect(JSON.parse(url.out)).toMatchObject({ error: expect.stringContaining('DATABASE_URL') as string });
    const empty = await run({ DATABASE_URL: testStack().databaseUrl, ITASCA_SCHEMA: 'nobodys' }, ['status']);
    expect(empty).toMatchObject({ code: 1, err: expect.stringContaining('ITASCA_SCHEMA') as string });
  } finally {
    await rm(folder, { recursive: true });
  }
});

// Shows: Command / config diff: what a changed configuration would do, in counts and object by object, and nothing is written (samba)
test('a changed configuration shows what it would do, and does nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'itasca-command-'));
  const file = join(folder, 'customer.yaml');
  const { configuration } = product;
  const write = (document: unknown): Promise<void> => writeFile(file, JSON.stringify(document, null, 2));
  const kept = (): Promise<unknown> =>
    product.database.query(
      `SELECT (SELECT max(number) FROM configuration_version), (SELECT count(*) FROM scope_unit), (SELECT count(*) FROM forest),
              (SELECT max(id) FROM planned_change), (SELECT array_agg(ROW(guid, wanted, scope_rule) ORDER BY guid) FROM evaluation)::text`,
    );
  try {
    await write(configuration);
    const same = await itascaJson(product, 'config', 'diff', file);
    expect(same).toMatchObject({
      code: 0,
      value: { sections: [], forests: [{ forest: 'corp', counts: { differing: 0 }, objects: [] }], unread: [] },
    });
    const fay = `fay.${product.name}@contoso.test`.toLowerCase();
    const [forest] = configuration.forests;
    const narrowed = { ...forest, scope: { ...forest?.scope, reject: [{ attribute: 'mail', equals: fay }] } };
    const flow = { user: { rules: [{ target: 'title', expression: '"Chief"' }], drop: ['department'] } };
    await write({ ...configuration, flow, forests: [narrowed, { ...forest, name: 'second' }] });
    const before = await kept();
    const { value } = await itascaJson(product, 'config', 'diff', file);
    expect(value).toMatchObject({
      sections: ['flow', 'forests'],
      unread: ['second'],
      forests: [{ forest: 'corp', counts: { leaves: 1, enters: 0, attributes: { title: 6 } } }],
    });
    const { objects } = (value as { forests: [{ objects: readonly { readonly dn: string }[] }] }).forests[0];
    expect(objects).toContainEqual(
      expect.objectContaining({ dn: product.source.dn('Fay'), scope: 'leaves', attributes: [] }),
    );
    expect(objects).toContainEqual(
      expect.objectContaining({
        dn: product.source.dn('Ada'),
        scope: null,
        attributes: [{ attribute: 'title', before: ['Director'], after: ['Chief'] }],
      }),
    );
    const { out } = await itasca(product, 'config', 'diff', file, '--limit', '1');
    expect(out).toMatch(/leave the scope +│ 1/);
    expect(out).toContain('6 more: --limit shows them');
    expect(out).toContain('second has not been read yet');
    expect(await kept()).toEqual(before);
    await write({ ...configuration, flow: { user: { rules: [{ target: 'title' }] } } });
    const unfilled = await itasca(product, 'config', 'diff', file);
    expect(unfilled).toMatchObject({
      code: 1,
      err: expect.stringMatching(/:\d+: flow.*from and expression/) as string,
    });
    await write({ ...configuration, customer: 'nobody' });
    const nobody = await itasca(product, 'config', 'diff', file);
    expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining('no configuration in force') as string });
  } finally {
    await rm(folder, { recursive: true });
  }
});

// Shows: Command / config validate and apply: the file's faults with their lines; schedules made, updated and taken away (samba)
test('a configuration is checked, put in force with its schedules, and changed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'itasca-command-'));
  const file = join(folder, 'customer.yaml');
  const schedule = product.temporal.schedule.getHandle(cycleScheduleId(product.name, 'second'));
  const { configuration } = product;
  const [forest] = configuration.forests;
  const second = { ...forest, name: 'second' };
  const write = (document: unknown): Promise<void> => writeFile(file, JSON.stringify(document, null, 2));
  try {
    await write({ ...configuration, forests: [forest, second], cycle: { ...configuration.cycle, every: '1d' } });
    expect(await itasca(product, 'config', 'validate', file)).toMatchObject({ code: 0, err: '' });
    expect(await itascaJson(product, 'config', 'validate', file)).toMatchObject({
      code: 0,
      value: { valid: true, customer: product.name, forests: ['corp', 'second'] },
    });
    await expect(schedule.describe()).rejects.toThrow();
    const applied = await itascaJson(product, 'config', 'apply', file);
    expect(applied).toMatchObject({ code: 0, value: { number: 2, isNew: true, schedules: ['corp', 'second'] } });
    expect((await schedule.describe()).spec.intervals).toMatchObject([{ every: 86_400_000 }]);
    expect((await itascaJson(product, 'config', 'apply', file)).value).toMatchObject({ number: 2, isNew: false });
    await write({ ...configuration, cycle: { ...configuration.cycle, every: '2d' } });
    expect((await itascaJson(product, 'config', 'apply', file)).value).toMatchObject({ removed: ['second'] });
    await expect(schedule.describe()).rejects.toThrow();
    await write({ ...configuration, forests: [], color: 'blue' });
    const wrong = await itasca(product, 'config', 'apply', file);
    expect(wrong.code).toBe(1);
    expect(wrong.err).toMatch(/customer\.yaml:\d+: forests/);
    expect(wrong.err).toMatch(/customer\.yaml:\d+: .*color/);
    expect(JSON.parse((await itasca(product, 'config', 'schema')).out)).toHaveProperty('properties.managed');
    expect((await itascaJson(product, 'config', 'schema')).value).toHaveProperty('properties.managed');
  } finally {
    await product.temporal.schedule.getHandle(cycleScheduleId(product.name, 'corp')).delete();
    await rm(folder, { recursive: true });
  }
});

// Shows: Command / help that teaches, tables in plain text where there is no terminal (none)
test('every command has help with what it does, and nothing is coloured where there is no terminal', async () => {
  const { code, out } = await run({}, ['--help']);
  expect(code).toBe(0);
  for (const name of ['status', 'errors', 'sync', 'changes', 'approve', 'reject', 'undo', 'object', 'config']) {
    expect(out).toContain(name);
    const help = await run({}, [name, '--help']);
    expect(help.code).toBe(0);
    expect(help.out).toContain('--json');
  }
  expect((await itasca(product, 'status')).out).not.toContain('\u001b[');
});

// Shows: Command / one executable, started by whatever Node; exit codes reach the shell (samba)
test('the executable does what the command line says, and its exit code reaches the shell', async () => {
  const shown = await runAsProcess(variablesFor(product), ['errors', 'show', 'SE101', '--json']);
  expect(shown).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(shown.out)).toMatchObject({ code: 'SE101' });
  const wrong = await runAsProcess(variablesFor(product), ['undo', '999999']);
  expect(wrong).toEqual({ code: 1, out: '', err: expect.stringMatching(/^There is no cycle 999999: .*\n$/) as string });
});
