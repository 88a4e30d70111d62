import { randomUUID } from 'node:crypto';
import type { SignedAnswer } from '../../activities/answer-types.ts';
import { purgeSigned } from '../../activities/purge-signed.ts';
import { purgeOf } from '../../activities/purge.ts';
import type { PurgeOutcome, PurgeRequest } from '../../activities/purge-types.ts';
import { configurationSchema } from '../../rules/configuration.ts';
import { purgeSubject } from '../../rules/operator-statement.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { releaseForestLock, takeForestLock } from '../../store/locks.ts';
import { savePreview } from '../../store/previews.ts';
import { markTombstones } from '../../store/source-delta.ts';
import { listed, signedAnswer, signer } from '../support/operators.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';
import {
  address,
  evaluated,
  guid,
  member,
  namingContext,
  outOfScope,
  staged,
  useStore,
  type CustomerStore,
} from '../support/store.ts';

const store = useStore();
let attempts = 0;

function purge(one: CustomerStore, number: number | null, more: Partial<PurgeRequest> = {}): Promise<PurgeOutcome> {
  attempts += 1;
  const person = number === null ? null : { forest: one.name, guid: guid(number) };
  const request = { customer: one.customer, operator: 'Olga', person, leavesObjects: false, ...more };
  return purgeOf(one.database, request, `attempt ${String(attempts)}`);
}

/** In how many rows of which tables a text is, over the whole schema. */
async function rowsWith(text: string): Promise<Readonly<Record<string, number>>> {
  const tables = await store.database.query<{ name: string }>(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()',
  );
  const found: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await store.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${name} t WHERE strpos(lower(t::text), lower($1)) > 0`,
      [text],
    );
    if (row !== undefined && row.count > 0) found[name] = row.count;
  }
  return found;
}

async function person(one: CustomerStore, number: number, alias: string): Promise<void> {
  const attributes = {
    mail: `${alias}@${one.customer}.example`,
    proxyAddresses: `SMTP:${alias}@${one.customer}.example`,
    userPrincipalName: `${alias}@${one.customer}.example`,
    objectSid: `S-1-5-21-1111-2222-${String(one.forest)}-${String(5000 + number)}`,
  };
  await one.stage(await one.run(), staged(number, 'user', attributes));
  await one.evaluate(evaluated(number, { claims: [address(`${alias}@${one.customer}.example`)] }));
  await one.seeManaged({ number, attributes: { mail: `${alias}@${one.customer}.example` } });
  const run = await one.run();
  await one.settle(run);
  await one.database.query(
    `INSERT INTO planned_change (run_id, configuration, identity_id, stage, page, operation, managed_guid, before, after, rule, state, applied_at)
     SELECT $1, 1, id, 'objects', 0, 'modify', managed_guid, '{}', jsonb_build_object('mail', jsonb_build_array($3::text)), 'rule', 'confirmed', now()
     FROM identity WHERE source_forest = $4 AND source_guid = $2`,
    [run.id, guid(number), attributes.mail, one.forest],
  );
  await one.database.query(
    "INSERT INTO service (identity_id, service, wanted, state, facts) SELECT id, 'mail', '{}', 'provisioned', jsonb_build_object('mail', $3::text) FROM identity WHERE source_forest = $1 AND source_guid = $2",
    [one.forest, guid(number), attributes.mail],
  );
  // Somebody has married: the old name is on record.
  await one.stage(await one.run(), staged(number, 'user', { ...attributes, displayName: `${alias} Neu` }));
  await one.evaluate(evaluated(number, { claims: [address(`${alias}@${one.customer}.example`)] }));
}

/** Deleted in the Customer Forest, its services over, and its managed object gone. */
async function leave(one: CustomerStore, number: number): Promise<void> {
  await markTombstones(one.database, one.forest, namingContext, [guid(number)]);
  await one.evaluate(outOfScope(number));
  await one.database.query('UPDATE source_object SET dirty = false WHERE forest_id = $1 AND guid = $2', [
    one.forest,
    guid(number),
  ]);
  await one.database.query('UPDATE managed_object SET deleted_at = now() WHERE guid = $1', [one.managedGuid(number)]);
  await one.database.query(
    "UPDATE identity SET state = 'disconnected', deleted_guid = managed_guid, managed_guid = NULL WHERE source_forest = $1 AND source_guid = $2",
    [one.forest, guid(number)],
  );
}

// Shows: Keeping / purge of a person: nothing of theirs is left in any table, and everything of others is (postgresql)
test('a person is erased from every table, and nobody else is', async () => {
  const one = await store.customer();
  await person(one, 1, 'ada.erased');
  await person(one, 2, 'ben.stays');
  // A group gained and lost them, once by a DN that was not known then.
  await one.stage(await one.run(), staged(3, 'group'));
  const dn = `CN=Ada.Erased,${namingContext}`;
  await one.stage(
    await one.run(),
    staged(3, 'group', {}, [member(1), { attribute: 'member', target: null, targetDn: dn }]),
  );
  await one.stage(await one.run(), staged(3, 'group', {}, [member(2)]));
  await one.database.query('UPDATE source_object SET dn = $3 WHERE forest_id = $1 AND guid = $2', [
    one.forest,
    guid(1),
    dn,
  ]);
  await leave(one, 1);
  const others = await rowsWith('ben.stays');
  const run = await one.run();
  await one.database.query(
    "INSERT INTO object_error (forest_id, guid, code, details, finder) VALUES ($1, $2, 'SE303', $3, 'claim')",
    [one.forest, guid(2), `taken by ada.erased@${one.customer}.example`],
  );
  await one.database.query(
    "INSERT INTO reconnection (forest_id, guid, state, candidates) VALUES ($1, $2, 'undone', jsonb_build_array(jsonb_build_object('dn', 'x', 'mail', $3::text), '{\"dn\": \"kept\"}'::jsonb))",
    [one.forest, guid(2), `ada.erased@${one.customer}.example`],
  );
  const [map] = await one.database.query<{ id: string }>(
    "INSERT INTO migration_map (customer, state, operator) VALUES ($1, 'rejected', 'Olga') RETURNING id",
    [one.customer],
  );
  await one.database.query(
    "INSERT INTO migration_map_line (map_id, line, old, new) VALUES ($1, 1, $2, 'somebody new'), ($1, 2, 'a', 'b')",
    [map?.id, `ada.erased@${one.customer}.example`],
  );
  await one.database.query(
    "INSERT INTO operator_answer (customer, forest_id, guid, action, subject, said, decides, step) VALUES ($1, $2, $3::text::uuid, 'reject', 'object corp/' || $3::text, 'Olga', true, 'ada')",
    [one.customer, one.forest, guid(1)],
  );
  const nothing = { objects: [], attributes: [], references: [], services: [], ends: 0, held: null, total: 0 };
  const named = { sourceDn: 'ada.erased', managedDn: null, kind: 'user', operation: 'add', attribute: null } as const;
  await one.database.transaction((transaction) =>
    savePreview(transaction, run, {
      ...nothing,
      errors: { found: {}, solved: {} },
      changes: [{ ...named, before: {}, after: {}, rule: '', held: false }],
    }),
  );
  await one.database.query(
    "INSERT INTO report (customer, subject, file_name, totals, content) VALUES ($1, 'day/2026-11-22', 'report.zip', '{}', 'ada.erased')",
    [one.customer],
  );
  expect(Object.keys(await rowsWith('ada.erased')).length).toBeGreaterThan(8);

  const outcome = await purge(one, 1);
  expect(outcome).toMatchObject({
    outcome: 'erased',
    readAgain: false,
    foundStill: {},
    counts: { identity: 1, source_object: 1, service: 1, planned_change: 1, managed_object: 1, 'content of report': 1 },
  });
  expect(await rowsWith('ada.erased')).toEqual({});
  // The anchor of the one who stays ends with another digit.
  expect(await rowsWith(guid(1))).toEqual({});
  expect(await rowsWith('ben.stays')).toEqual(others);
  expect(
    await one.database.query('SELECT before, after FROM source_change WHERE forest_id = $1 AND is_reference', [
      one.forest,
    ]),
  ).toEqual([{ before: null, after: [guid(2)] }]);
  expect(await one.database.query('SELECT candidates FROM reconnection')).toEqual([{ candidates: [{ dn: 'kept' }] }]);
  const [error] = await one.database.query<{ dirty: boolean }>(
    'SELECT dirty FROM source_object WHERE forest_id = $1 AND guid = $2 AND NOT EXISTS (SELECT FROM object_error)',
    [one.forest, guid(2)],
  );
  expect(error?.dirty).toBe(true);
  expect(await one.database.query('SELECT customer, what, operator, workflow_run FROM erasure')).toEqual([
    { customer: one.customer, what: 'person', operator: 'Olga', workflow_run: 'attempt 1' },
  ]);
});

// Shows: Keeping / purge of a person is refused while something of theirs goes on, with what helps (postgresql)
test('who is in scope, managed, or under way is not erased', async () => {
  const one = await store.customer();
  await person(one, 1, 'eve.inside');
  const refused = await purge(one, 1);
  expect(refused.outcome === 'refused' && refused.reasons.join(' ')).toMatch(/in scope.*is managed/);
  await leave(one, 1);
  await one.database.query(
    'INSERT INTO deprovisioning (identity_id) SELECT id FROM identity WHERE source_forest = $1 AND source_guid = $2',
    [one.forest, guid(1)],
  );
  const ending = await purge(one, 1);
  expect(ending.outcome === 'refused' && ending.reasons).toEqual([
    expect.stringContaining('services are about to end'),
  ]);
  expect(Object.keys(await rowsWith('eve.inside'))).toContain('source_object');
  await one.lockedRun('a cycle');
  expect(await purge(one, 1)).toEqual({ outcome: 'busy' });
});

// Shows: Keeping / purge of a person: lines of maps name them by objectGUID, SID or DN; whose SID or address only begins or ends alike stays (postgresql)
test('a person is told from others whose SID, address or DN holds theirs', async () => {
  const one = await store.customer();
  await person(one, 1, 'ada');
  await leave(one, 1);
  const sid = `S-1-5-21-1111-2222-${String(one.forest)}-5001`;
  const others = [`${sid}0`, `${sid}-7`, `canada@${one.customer}.example`, `x.ada@${one.customer}.example`];
  const theirs = [guid(1).toUpperCase(), sid, `ada@${one.customer}.example`];
  const [map] = await one.database.query<{ id: string }>(
    "INSERT INTO migration_map (customer, state, operator) VALUES ($1, 'approved', 'Olga') RETURNING id",
    [one.customer],
  );
  await one.database.query(
    `INSERT INTO migration_map_line (map_id, line, old, new)
     SELECT $1, place, name, 'somebody new' FROM unnest($2::text[]) WITH ORDINALITY n (name, place)`,
    [map?.id, [...others, ...theirs]],
  );
  // Found by a name that is not theirs any more.
  await one.database.query(
    "INSERT INTO migration_map_line (map_id, line, old, new, forest_id, guid) VALUES ($1, 100, 'a former name', 'b', $2, $3)",
    [map?.id, one.forest, guid(1)],
  );
  await one.stage(await one.run(), staged(2));
  await one.database.query(
    "INSERT INTO reconnection (forest_id, guid, state, candidates) SELECT $1, $2, 'undone', jsonb_agg(jsonb_build_object('mail', m)) FROM unnest($3::text[]) m",
    [one.forest, guid(2), [...others, ...theirs.slice(1)]],
  );
  expect(await purge(one, 1)).toMatchObject({ outcome: 'erased', foundStill: {} });
  const [left] = await one.database.query<{ lines: string[]; candidates: string[] }>(
    `SELECT (SELECT array_agg(old ORDER BY line) FROM migration_map_line WHERE map_id = $1) AS lines,
       (SELECT array_agg(c ->> 'mail') FROM reconnection, jsonb_array_elements(candidates) c WHERE forest_id = $2) AS candidates`,
    [map?.id, one.forest],
  );
  expect(left).toEqual({ lines: others, candidates: others });
});

// Shows: Keeping / purge of a customer: nothing of it is left in any table, other customers keep all (postgresql)
test('a customer is erased from every table, and the others keep everything', async () => {
  const [one, other] = [await store.customer(), await store.customer()];
  await person(one, 1, 'fay.leaves');
  await person(other, 1, 'gus.stays');
  await one.database.query(
    "INSERT INTO object_error (forest_id, guid, code, details, finder, other_forest, other_guid) VALUES ($1, $2, 'SE303', 'of fay.leaves', 'claim', $3, $2)",
    [other.forest, guid(1), one.forest],
  );
  expect(await purge(one, null)).toMatchObject({ outcome: 'refused', reasons: [expect.stringContaining('1 objects')] });
  const others = await rowsWith('gus.stays');
  const outcome = await purge(one, null, { leavesObjects: true });
  expect(outcome).toMatchObject({ outcome: 'erased', counts: { configuration_version: 1, identity: 1 } });
  // What is in the Managed Forest is there, and so is what was read of it.
  expect(await rowsWith('fay.leaves')).toEqual({ managed_object: 1 });
  expect(Object.keys(await rowsWith(`${one.customer}.example`))).toEqual(['managed_object']);
  expect(await rowsWith('gus.stays')).toEqual(others);
  expect(await one.database.query('SELECT 1 FROM forest WHERE customer = $1', [one.customer])).toEqual([]);
  await expect(
    other.database.query('DELETE FROM configuration_version WHERE customer = $1', [other.customer]),
  ).rejects.toThrow('immutable');
});

// Shows: Keeping / an erasure that is tried again answers what the first attempt did (postgresql)
test('an attempt after one that has come to its end erases nothing more', async () => {
  const one = await store.customer();
  await one.stage(await one.run(), staged(1), staged(2));
  await one.evaluate(outOfScope(1), outOfScope(2));
  const request = {
    customer: one.customer,
    operator: 'Olga',
    person: { forest: one.name, guid: guid(1) },
    leavesObjects: false,
  };
  const first = await purgeOf(one.database, request, 'same run');
  expect(first).toMatchObject({ outcome: 'erased', readAgain: true, counts: { source_object: 1 } });
  expect(await purgeOf(one.database, request, 'same run')).toMatchObject({
    outcome: 'erased',
    counts: { source_object: 1 },
  });
  // One erasure right after another counts its own rows only.
  expect(await purge(one, 2)).toMatchObject({ outcome: 'erased', counts: { source_object: 1 } });
});

// Shows: Keeping / where operators are listed an erasure is signed, by one of them, of exactly that (postgresql)
test('an erasure is signed where operators are listed', async () => {
  const one = await store.customer();
  const ann = signer('ann');
  await person(one, 1, 'ada.erased');
  await leave(one, 1);
  await person(one, 2, 'ben.stays');
  const sample = { ...sampleConfiguration(), customer: one.customer, domains: [`${one.customer}.example`] };
  await applyConfiguration(
    one.database,
    configurationSchema.parse({ ...sample, operators: { list: listed(ann), unsigned: 'count' } }),
  );
  const workflowId = 'purge';
  const ada = { forest: 'corp', guid: guid(1) };
  const request = { customer: one.customer, person: ada, leavesObjects: false };
  const signed = (subject: string): SignedAnswer =>
    signedAnswer(ann, { customer: one.customer, action: 'purge', workflowId, subject });
  const purged = (given: SignedAnswer, at = Date.now(), step: string = randomUUID()): Promise<PurgeOutcome> =>
    purgeSigned(one.database, { ...request, ...given }, { at, step, workflowId });
  expect(await purged({ operator: 'ann' })).toEqual({
    outcome: 'refused',
    reasons: ['An erasure has to be signed by an operator who is listed (docs/approvals.md).'],
  });
  expect(await purged(signed(purgeSubject({ ...ada, guid: guid(2) }, false)))).toMatchObject({ outcome: 'refused' });
  expect(await purged(signed(purgeSubject(null, false)))).toMatchObject({ outcome: 'refused' });
  // It waits for a cycle, so that the signature is old when its turn comes.
  const lock = await takeForestLock(one.database, one.forest, { workflowId: 'cycle', workflowRun: 'r' }, null);
  const given = signed(purgeSubject(ada, false));
  expect(await purged(given, Date.now(), 'run')).toEqual({ outcome: 'busy' });
  await releaseForestLock(one.database, one.forest, lock.taken ? lock.counter : '');
  expect(await purged(given, Date.now() + 1_200_000, 'another run')).toMatchObject({ outcome: 'refused' });
  expect(await purged(given, Date.now() + 1_200_000, 'run')).toMatchObject({ outcome: 'erased' });
  expect(await one.database.query('SELECT subject FROM operator_answer WHERE customer = $1', [one.customer])).toEqual(
    [],
  );
  const [erasure] = await one.database.query<{ operator: string }>('SELECT operator FROM erasure WHERE customer = $1', [
    one.customer,
  ]);
  expect(erasure?.operator).toMatch(/^ann \(signature verified, key SHA256:/);
});
