import { timeline } from '../../store/object-story.ts';
import { applyLinkDelta } from '../../store/source-links.ts';
import { evaluated, guid, member, namingContext, staged, useStore, type CustomerStore } from '../support/store.ts';

const store = useStore();

/** What is told of an object, the oldest first. */
async function told(one: CustomerStore, number: number): Promise<readonly string[]> {
  const [identity] = await one.database.query<{ id: string }>(
    'SELECT id FROM identity WHERE source_forest = $1 AND source_guid = $2',
    [one.forest, guid(number)],
  );
  const rows = await timeline(one.database, one.forest, guid(number), identity?.id ?? null, 100);
  return rows.map(({ what, details, before, after }) =>
    [`${what} ${details}`, ...[before, after].map((values) => (values === null ? '-' : JSON.stringify(values)))].join(
      ' ',
    ),
  );
}

function dn(number: number): string {
  return `CN=Object ${String(number)},OU=People,${namingContext}`;
}

// Shows: Command / object explain: members and other references that came and went, by name, and of many how many more (postgresql)
test('references that came and went are told by name, of the first load nothing', async () => {
  const one = await store.customer();
  const people = Array.from({ length: 30 }, (_, index) => staged(index + 10));
  await one.stage(await one.run(), ...people, staged(1, 'group', {}, [member(10), member(11)]));
  expect(await told(one, 1)).toEqual([expect.stringContaining('first seen')]);
  await one.stage(await one.run(), staged(1, 'group', {}, [member(11), member(12)]));
  const first = `source changed member ["${dn(10)}"] ["${dn(12)}"]`;
  expect((await told(one, 1)).slice(1)).toEqual([first]);
  // A page that is staged again tells nothing twice.
  await one.stage(await one.run(), staged(1, 'group', {}, [member(11), member(12)]));
  await one.database.transaction((transaction) =>
    applyLinkDelta(transaction, one.forest, [
      { holder: guid(1), adds: [member(11), member(13)], removes: [member(12), member(20)], sets: [] },
    ]),
  );
  expect((await told(one, 1)).slice(2).sort()).toEqual([
    `source changed member - ["${dn(13)}"]`,
    `source changed member ["${dn(12)}"] -`,
  ]);
  const all = people.map((_, index) => member(index + 10));
  await one.database.transaction((transaction) =>
    applyLinkDelta(transaction, one.forest, [{ holder: guid(1), adds: all, removes: [], sets: ['member'] }]),
  );
  const last = (await told(one, 1)).at(-1) ?? '';
  expect(last.match(/CN=Object/g)).toHaveLength(20);
  expect(last).toContain('(8 more)');
});

// Shows: Command / object explain: what one transaction has recorded is told in the order of its cause (postgresql)
test('what has the same time is told from the source to the write', async () => {
  const one = await store.customer();
  await one.stage(await one.run(), staged(1, 'user', { title: ['Engineer'] }));
  const run = await one.evaluate(evaluated(1));
  await one.seeManaged({ number: 1 });
  await one.settle(run);
  await one.database.query('UPDATE source_object SET first_seen = $2 WHERE forest_id = $1', [one.forest, new Date(0)]);
  const at = new Date('2026-11-23T12:00:00Z');
  await one.database.query(
    `INSERT INTO planned_change (run_id, configuration, identity_id, stage, page, operation, managed_guid, before, after, rule, state, planned_at, applied_at)
     SELECT $1, 1, id, 'objects', 0, 'modify', $4, '{}', '{}', 'flow', 'confirmed', $3, $3 FROM identity WHERE source_forest = $2`,
    [run.id, one.forest, at, one.managedGuid(1)],
  );
  await one.database.query(
    "INSERT INTO source_change (forest_id, guid, at, attribute, before) VALUES ($1, $2, $3, 'title', '[\"Engineer\"]')",
    [one.forest, guid(1), at],
  );
  expect((await told(one, 1)).slice(1).map((line) => line.split(' ')[0])).toEqual(['source', 'plan', 'write']);
});
