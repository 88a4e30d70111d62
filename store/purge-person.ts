import type { ErasableIdentity, ErasableObject } from '../rules/purge.ts';
import { forgetManaged, forgetObjects } from './cleaning-objects.ts';
import type { Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import { countDeletions, forgetMentions, foundStill, namesOf } from './purge-values.ts';

/** A person by one of the source objects that were or are theirs. */
export interface Person {
  readonly customer: string;
  readonly forest: ForestId;
  readonly guid: string;
}

/** How many rows of which table: no name of anybody. */
export type RowCounts = Readonly<Record<string, number>>;

/** What is, or would be, erased of a person. */
export interface PersonErasure {
  readonly counts: RowCounts;
  /** Rows of others in which a mail address, SID, userPrincipalName or DN of the person is found after that. */
  readonly foundStill: RowCounts;
  /** The person's object is in the Customer Forest: a later read brings it back. */
  readonly readAgain: boolean;
}

/** How a person stands, for the rules to say whether it may be erased. */
export interface PersonStanding {
  readonly objects: readonly ErasableObject[];
  readonly identities: readonly ErasableIdentity[];
}

/**
 * Collects, into the temporary tables `person_object` (forest_id, guid, identity_id) and `person_managed` (forest_id, guid), all that
 * is the person's: the source objects before and after reconnections, and the managed objects.
 */
export async function collectPerson(
  transaction: Transaction,
  { forest, guid }: Pick<Person, 'forest' | 'guid'>,
): Promise<PersonStanding> {
  await transaction.query(
    `CREATE TEMPORARY TABLE person_object ON COMMIT DROP AS
     WITH link AS (
       SELECT identity_id AS id, forest_id, guid, former_forest, former_guid FROM reconnection WHERE state IN ('linked', 'reconnected')
     ), who AS (
       SELECT id FROM identity WHERE source_forest = $1 AND source_guid = $2
       UNION SELECT id FROM link WHERE (forest_id, guid) = ($1, $2) OR (former_forest, former_guid) = ($1, $2)
     ), object AS (
       SELECT $1::smallint AS forest_id, $2::uuid AS guid
       UNION SELECT i.source_forest, i.source_guid FROM identity i JOIN who USING (id)
       UNION SELECT l.forest_id, l.guid FROM link l JOIN who USING (id)
       UNION SELECT l.former_forest, l.former_guid FROM link l JOIN who USING (id)
     )
     SELECT o.forest_id, o.guid, i.id AS identity_id FROM object o LEFT JOIN identity i ON i.source_forest = o.forest_id AND i.source_guid = o.guid`,
    [forest, guid],
  );
  await transaction.query(
    `CREATE TEMPORARY TABLE person_managed ON COMMIT DROP AS
     SELECT i.managed_forest AS forest_id, i.managed_guid AS guid FROM identity i JOIN person_object p ON p.identity_id = i.id WHERE i.managed_guid IS NOT NULL
     UNION SELECT i.managed_forest, i.deleted_guid FROM identity i JOIN person_object p ON p.identity_id = i.id WHERE i.deleted_guid IS NOT NULL
     UNION SELECT i.managed_forest, x.managed_guid FROM planned_change x JOIN identity i ON i.id = x.identity_id JOIN person_object p ON p.identity_id = i.id WHERE x.managed_guid IS NOT NULL
     UNION SELECT m.forest_id, m.guid FROM person_object p JOIN forest f ON f.id = p.forest_id
       JOIN managed_object m ON m.anchor = f.customer || '/' || f.name || '/' || p.guid`,
  );
  const objects = await transaction.query<ErasableObject>(
    `SELECT o.tombstone_at IS NOT NULL AS gone, coalesce(e.in_scope, false) AS "inScope", o.dirty OR coalesce(e.unsettled OR e.settling, false) AS unsettled
     FROM person_object p JOIN source_object o USING (forest_id, guid) LEFT JOIN evaluation e USING (forest_id, guid)`,
  );
  const identities = await transaction.query<ErasableIdentity>(
    `SELECT i.managed_guid IS NOT NULL AS managed,
       EXISTS (SELECT FROM deprovisioning d WHERE d.identity_id = i.id AND d.stage <> 'ended') AS ending,
       EXISTS (SELECT FROM conversion c WHERE c.identity_id = i.id AND c.ended_at IS NULL) AS converting,
       EXISTS (SELECT FROM planned_change x WHERE x.identity_id = i.id AND x.state IN ('planned', 'held')) AS writing,
       EXISTS (SELECT FROM reconnection_candidate c WHERE c.identity_id = i.id) AS asked
     FROM person_object p JOIN identity i ON i.id = p.identity_id`,
  );
  return { objects, identities };
}

/**
 * Erases who was collected by {@link collectPerson}. Watermarks stay: who is deleted in the Customer Forest is not read again. Objects
 * whose errors name the person are evaluated again by the next cycle.
 */
export async function erasePerson(transaction: Transaction, customer: string): Promise<PersonErasure> {
  const counted = await countDeletions(transaction);
  const names = await namesOf(transaction);
  const [alive] = await transaction.query<{ any: boolean }>(
    'SELECT EXISTS (SELECT FROM person_object JOIN source_object o USING (forest_id, guid) WHERE o.tombstone_at IS NULL) AS any',
  );
  const [since] = await transaction.query<{ at: Date | null }>(
    'SELECT min(o.first_seen) AS at FROM person_object JOIN source_object o USING (forest_id, guid)',
  );
  await forgetMentions(transaction, customer, names);
  await transaction.query(
    'DELETE FROM pin USING person_object p WHERE pin.identity_id = p.identity_id OR pin.change_id IN (SELECT id FROM planned_change WHERE identity_id = p.identity_id)',
  );
  await transaction.query('DELETE FROM planned_change x USING person_object p WHERE x.identity_id = p.identity_id');
  await transaction.query(
    'DELETE FROM source_change x USING person_object p WHERE x.forest_id = p.forest_id AND x.guid = p.guid',
  );
  await transaction.query(
    "DELETE FROM operator_answer x USING person_object p WHERE (x.forest_id = p.forest_id AND x.guid = p.guid) OR x.subject LIKE 'pair % ' || p.identity_id",
  );
  await forgetObjects(transaction, 'person_object');
  const managed = await transaction.query<{ forest: ForestId; guids: string[] }>(
    `SELECT m.forest_id AS forest, array_agg(m.guid) AS guids FROM person_managed p JOIN managed_object m USING (forest_id, guid)
     WHERE m.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM identity i WHERE i.managed_forest = m.forest_id AND m.guid IN (i.managed_guid, i.deleted_guid)) GROUP BY 1`,
  );
  for (const { forest, guids } of managed) await forgetManaged(transaction, forest, guids);
  const reports = await transaction.query(
    'UPDATE report SET content = NULL WHERE customer = $1 AND content IS NOT NULL AND ($2::timestamptz IS NULL OR made_at >= $2) RETURNING 1',
    [customer, since?.at ?? null],
  );
  const counts = await counted();
  return {
    counts: reports.length === 0 ? counts : { ...counts, 'content of report': reports.length },
    foundStill: await foundStill(transaction, names),
    readAgain: alive?.any === true,
  };
}
