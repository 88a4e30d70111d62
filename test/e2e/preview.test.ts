import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Preview } from '../../store/previews.ts';
import { previewId } from '../../workflows/ids.ts';
import { itasca, itascaJson } from '../support/command.ts';
import { done } from '../support/directory-sandbox.ts';
import { recordHistory } from '../support/histories.ts';
import { mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
const people = ['Ada', 'Ben', 'Cem', 'Dag'] as const;

beforeAll(async () => {
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      guard: { ...configuration.guard, attributes: { title: { changed: { count: 1, percent: 100, few: 1 } } } },
    }),
  });
  for (const name of people)
    await product.source.add(
      'user',
      name,
      mailUser(`${name}.${product.name}`.toLowerCase(), {
        title: ['Engineer'],
        extensionAttribute9: ['MBX=5GB;TYPE=EP2D;REG=EU'],
      }),
    );
  const members = people.slice(0, 3).map((name) => product.source.dn(name));
  await product.source.add('group', 'Team', mailGroup(`team.${product.name}`, { member: members }));
});

afterAll(() => product.dispose());

/** What is decided, written or waits. What is staged is not: other tests change the forests meanwhile. */
const DECIDED = [
  ...['forest', 'identity', 'evaluation', 'claim', 'service', 'object_error', 'pin', 'planned_change', 'hold'],
  ...['deprovisioning', 'reconnection', 'reconnection_candidate', 'join_review', 'join_candidate'],
];

async function decided(): Promise<Readonly<Record<string, readonly string[]>>> {
  const tables = await Promise.all(
    DECIDED.map(async (name) => {
      const rows = await product.database.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t ORDER BY 1`);
      return [name, rows.map(({ row }) => row)] as const;
    }),
  );
  return Object.fromEntries(tables);
}

async function plan(): Promise<Preview & { readonly counts: Readonly<Record<string, number>> }> {
  const { code, value } = await itascaJson(product, 'plan', '--limit', '1000');
  expect(code).toBe(0);
  return value as Preview & { readonly counts: Readonly<Record<string, number>> };
}

/** What a cycle has planned, in the words of a preview. */
async function plannedBy(run: string): Promise<readonly string[]> {
  const rows = await product.database.query<{
    dn: string;
    operation: string;
    attribute: string | null;
    keys: string[];
  }>(
    `SELECT o.dn, p.operation, p.attribute, CASE p.operation WHEN 'link' THEN '{}' ELSE ARRAY(SELECT jsonb_object_keys(p.after) ORDER BY 1) END AS keys
     FROM planned_change p JOIN identity i ON i.id = p.identity_id JOIN source_object o ON o.forest_id = i.source_forest AND o.guid = i.source_guid
     WHERE p.run_id = $1 AND p.stage <> 'services'`,
    [run],
  );
  return rows.map(({ dn, operation, attribute, keys }) => [dn, operation, attribute ?? '', ...keys].join(' ')).sort();
}

function inPreview({ changes }: Preview): readonly string[] {
  return changes
    .map(({ sourceDn, operation, attribute, after }) =>
      [
        ...[sourceDn, operation, attribute ?? ''],
        ...(operation === 'link' ? [] : Object.keys(after as Readonly<Record<string, unknown>>).sort()),
      ].join(' '),
    )
    .sort();
}

// Shows: Command / plan: what the next cycle would do, by the cycle's own code, and nothing of it is done: neither in a directory nor in the database (samba)
test('a plan before the first cycle shows what would be created, and creates nothing', async () => {
  const { out, code, err } = await itasca(product, 'plan');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/add user +│ 4/);
  expect(out).toMatch(/add group +│ 1/);
  expect(out).toContain('Nothing was written');
  expect((await product.managedObjects([])).size).toBe(0);
  const before = await decided();
  const first = await plan();
  expect(first.total).toBe(5);
  expect(first.services).toEqual([{ service: 'mail', recipient: 'linked', count: 4 }]);
  expect(await decided()).toEqual(before);
  expect((await itasca(product, 'status')).out).toContain('none yet');

  await recordHistory(product.temporal, previewId(product.name, 'corp'), 'preview-cycle-previewed');

  const cycle = await product.cycle('delta');
  // Members come when the objects exist.
  expect((await plannedBy(cycle.run ?? '')).filter((change) => !change.includes(' link '))).toEqual(inPreview(first));
});

// Shows: Command / plan: changes, what would wait for an answer, ends of services, new errors and references are those of the cycle after it (samba)
test('a plan says of changes at the source just what the next cycle plans', async () => {
  const { writer } = product.source;
  const replace = (name: string, attribute: string, values: readonly string[]): Promise<void> =>
    done(writer.modify({ dn: product.source.dn(name) }, [{ operation: 'replace', attribute, values }]));
  expect(await plan()).toMatchObject({ total: 0, held: null, ends: 0 });
  for (const name of ['Ada', 'Ben']) await replace(name, 'title', ['Director']);
  await replace('Team', 'member', [product.source.dn('Ada'), product.source.dn('Dag')]);
  await replace('Dag', 'mail', ['bad address@contoso.test']);
  await done(writer.remove({ dn: product.source.dn('Cem') }));

  const before = await decided();
  const preview = await plan();
  expect(preview).toMatchObject({
    attributes: [{ attribute: 'title', set: 0, changed: 2, cleared: 0 }],
    ends: 1,
    errors: { found: { SE101: 1 }, solved: {} },
    held: { changes: 2 },
  });
  expect(preview.changes.filter(({ held }) => held).map(({ operation }) => operation)).toEqual(['modify', 'modify']);
  const link = preview.changes.find(({ operation }) => operation === 'link');
  // Who was deleted leaves the group too, as the managed directory would have it.
  const leaving = (link?.before as readonly string[]).map((dn) => dn.split(',')[0]).sort();
  expect(leaving).toEqual(['CN=Ben', 'CN=Cem']);
  expect(await decided()).toEqual(before);
  const shown = (await itasca(product, 'plan', '--limit', '1')).out;
  expect(shown).toContain('2 of them would wait for an answer');
  expect(shown).toContain('more: --limit shows them.');

  const handle = await product.temporal.workflow.start('syncCycle', {
    args: [{ customer: product.name, forest: 'corp', profile: 'delta' }],
    taskQueue: product.taskQueue,
    workflowId: `after-preview-${product.name}`,
  });
  const run = await waits(handle.workflowId);
  expect(await plannedBy(run)).toEqual(inPreview(preview));
  await handle.terminate();
});

async function waits(workflowId: string): Promise<string> {
  for (;;) {
    const { value } = await itascaJson(product, 'status');
    const list = (value as { lists: { workflowId: string; run: string }[] }).lists.find(
      (one) => one.workflowId === workflowId,
    );
    const [row] = await product.database.query<{ done: boolean }>(
      "SELECT count(*) > 0 AS done FROM planned_change WHERE run_id = $1 AND stage = 'references'",
      [list?.run ?? '0'],
    );
    if (list !== undefined && row?.done === true) return list.run;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

// Shows: Command / plan --configuration: what another configuration would do, what is decided between objects included, and it is not put in force (samba)
test('a plan by another configuration is what the next cycle would do with it', async () => {
  // The list of the cycle that was terminated is ended by whoever opens the forest next.
  await plan();
  const folder = await mkdtemp(join(tmpdir(), 'itasca-plan-'));
  const file = join(folder, 'wanted.yaml');
  const write = (more: object): Promise<void> => writeFile(file, JSON.stringify({ ...product.configuration, ...more }));
  try {
    // Whoever is out of scope leaves the group as well.
    const [forest] = product.configuration.forests;
    const scope = { ...forest?.scope, filter: '(!(cn=Ada))' };
    await write({ forests: [{ ...forest, scope }] });
    const before = await decided();
    const { code, value } = await itascaJson(product, 'plan', '--configuration', file);
    expect(code).toBe(0);
    const { changes } = value as Preview;
    expect(changes).toContainEqual(
      expect.objectContaining({ sourceDn: product.source.dn('Ada'), operation: 'disconnect' }) as unknown,
    );
    expect(await decided()).toEqual(before);
    const { changes: inForce } = await plan();
    expect(inForce.map(({ operation }) => operation)).not.toContain('disconnect');

    await write({ flow: { user: { rules: [{ target: 'extensionAttribute1', from: 'msDS-PhoneticDisplayName' }] } } });
    const unread = await itasca(product, 'plan', '--configuration', file);
    expect(unread).toMatchObject({ err: '', code: 0, out: expect.stringContaining('not read yet') as string });
    await write({ forests: [{ ...forest, name: 'elsewhere' }] });
    expect((await itasca(product, 'plan', '--configuration', file)).err).toContain('The file has no forest corp');
  } finally {
    await rm(folder, { recursive: true });
  }
});

// Shows: Command / plan: wrong arguments are one message (none)
test('what can not be planned is said in one message', async () => {
  expect(await itasca(product, 'plan', '--forest', 'nowhere')).toMatchObject({
    code: 1,
    err: expect.stringContaining('has no forest "nowhere"') as string,
  });
  expect((await itasca(product, 'plan', '--limit', 'many')).err).toContain('whole number');
});
