import type { AttributeImage } from '../rules/attributes.ts';
import type { OtherSource } from '../rules/join.ts';
import type { ObjectKind } from '../rules/objects.ts';
import {
  CHOSEN_RULE,
  FORMER_RULE,
  LEGACY_DN_RULE,
  type ReconnectionMatch,
  type ShownEvidence,
} from '../rules/reconnection.ts';
import type { Queryable, Transaction } from './database.ts';
import { frozenByItself } from './identities.ts';
import type { JoinedForests, SearchedObject } from './joining.ts';

/** Identities that one value of evidence finds: more than these name nobody. */
const MATCHES = 10;
const PAGE = 1000;

/** SQL: `i` has a managed object, and nobody has said that it is not the new source object `s.guid`. */
const ELIGIBLE = `i.managed_guid IS NOT NULL AND i.managed_forest = $2
  AND NOT EXISTS (SELECT FROM reconnection_rejection j WHERE j.forest_id = $1 AND j.guid = s.guid AND j.identity_id = i.id)`;

/**
 * Looks for the identities that objects in scope without one may be: by what they had before, by what an operator has
 * approved, and by the evidence of the rules. What was found before is replaced. Costs by how many objects have no identity.
 *
 * @param sources attributes of source objects that the rules look at
 * @param shown what an object shows of who it was
 */
export async function collectEvidence(
  transaction: Transaction,
  { source, managed }: JoinedForests,
  sources: readonly string[],
  shown: (object: SearchedObject) => readonly ShownEvidence[],
): Promise<void> {
  await transaction.query(
    'CREATE TEMPORARY TABLE found_before ON COMMIT DROP AS SELECT DISTINCT identity_id FROM reconnection_candidate WHERE forest_id = $1',
    [source],
  );
  await transaction.query('DELETE FROM reconnection_candidate WHERE forest_id = $1', [source]);
  const [served] = await transaction.query<{ any: boolean }>(
    `SELECT EXISTS (SELECT FROM identity i JOIN forest f ON f.id = $1 AND f.customer = i.customer WHERE i.managed_guid IS NOT NULL) AS any`,
    [source],
  );
  if (served?.any !== true) return;
  await transaction.query(
    `CREATE TEMPORARY TABLE seeking ON COMMIT DROP AS
     SELECT e.guid FROM evaluation e JOIN source_object o USING (forest_id, guid)
     WHERE e.forest_id = $1 AND (e.unsettled OR e.settling) AND e.in_scope AND o.tombstone_at IS NULL
       AND NOT EXISTS (SELECT FROM identity i WHERE i.source_forest = $1 AND i.source_guid = e.guid)`,
    [source],
  );
  await findCandidates(transaction, { source, managed }, 'reconnection_candidate', sources, shown);
}

/** Of objects that are out of scope for now, those that evidence says are somebody known. */
export async function knownAmong(
  transaction: Transaction,
  forests: JoinedForests,
  guids: readonly string[],
  sources: readonly string[],
  shown: (object: SearchedObject) => readonly ShownEvidence[],
): Promise<readonly string[]> {
  if (guids.length === 0) return [];
  await transaction.query(
    'CREATE TEMPORARY TABLE seeking ON COMMIT DROP AS SELECT DISTINCT guid FROM unnest($1::uuid[]) AS g (guid)',
    [guids],
  );
  await transaction.query(
    'CREATE TEMPORARY TABLE known_person (LIKE reconnection_candidate INCLUDING INDEXES) ON COMMIT DROP',
  );
  await findCandidates(transaction, forests, 'known_person', sources, shown);
  const rows = await transaction.query<{ guid: string }>('SELECT DISTINCT guid FROM known_person ORDER BY guid');
  await transaction.query('DROP TABLE seeking, known_person');
  return rows.map(({ guid }) => guid);
}

/** Finds, for the objects in the temporary table `seeking`, the identities that they may be, and puts them into a table. */
async function findCandidates(
  transaction: Transaction,
  { source, managed }: JoinedForests,
  table: 'reconnection_candidate' | 'known_person',
  sources: readonly string[],
  shown: (object: SearchedObject) => readonly ShownEvidence[],
): Promise<void> {
  await transaction.query('ALTER TABLE seeking ADD PRIMARY KEY (guid)');
  await transaction.query('ANALYZE seeking');
  const into = `INSERT INTO ${table} (forest_id, guid, identity_id, rule, mode, position)`;
  await transaction.query(
    `${into} SELECT $1, s.guid, i.id, '${CHOSEN_RULE}', 'auto', -2 FROM seeking s
     JOIN reconnection r ON r.forest_id = $1 AND r.guid = s.guid AND r.state = 'approved' JOIN identity i ON i.id = r.identity_id WHERE ${ELIGIBLE}`,
    [source, managed],
  );
  await transaction.query(
    `${into} SELECT DISTINCT $1::smallint, s.guid, i.id, '${FORMER_RULE}', 'auto', -1 FROM seeking s
     JOIN reconnection r ON r.former_forest = $1 AND r.former_guid = s.guid AND r.state IN ('linked', 'reconnected')
     JOIN identity i ON i.id = r.identity_id WHERE ${ELIGIBLE}`,
    [source, managed],
  );
  await lookUp(transaction, { source, managed }, into, sources, shown);
}

async function lookUp(
  transaction: Transaction,
  { source, managed }: JoinedForests,
  into: string,
  sources: readonly string[],
  shown: (object: SearchedObject) => readonly ShownEvidence[],
): Promise<void> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const page = await transaction.query<SearchedObject>(
      `SELECT o.guid, o.kind, (SELECT coalesce(jsonb_object_agg(a, o.attributes -> a), '{}') FROM unnest($3::text[]) a WHERE o.attributes ? a) AS attributes
       FROM seeking s JOIN source_object o ON o.forest_id = $1 AND o.guid = s.guid WHERE s.guid > $2 ORDER BY s.guid LIMIT ${String(PAGE)}`,
      [source, after, sources],
    );
    const last = page.at(-1);
    if (last === undefined) return;
    const evidence = page.flatMap((object) => shown(object).map((one) => ({ guid: object.guid, ...one })));
    await transaction.query(
      `${into} SELECT DISTINCT ON (s.guid, i.id, s.rule) $1::smallint, s.guid, i.id, s.rule, s.mode, s.position
       FROM json_to_recordset($3::json) AS s (guid uuid, rule text, mode text, value text, position smallint)
       CROSS JOIN LATERAL (
         (SELECT i.id, i.managed_guid, i.managed_forest FROM source_key k JOIN forest f ON f.id = k.forest_id JOIN forest own ON own.id = $1 AND own.customer = f.customer
          JOIN identity i ON i.source_forest = k.forest_id AND i.source_guid = k.guid
          WHERE k.rule = s.rule AND k.value = s.value AND ${ELIGIBLE} LIMIT ${String(MATCHES)})
         UNION ALL
         (SELECT i.id, i.managed_guid, i.managed_forest FROM service m JOIN identity i ON i.id = m.identity_id JOIN forest own ON own.id = $1 AND own.customer = i.customer
          WHERE s.rule = '${LEGACY_DN_RULE}' AND m.facts ? 'legacyExchangeDn' AND left(lower(m.facts ->> 'legacyExchangeDn'), 256) = s.value AND ${ELIGIBLE} LIMIT ${String(MATCHES)})
       ) i ORDER BY s.guid, i.id, s.rule, s.position ON CONFLICT DO NOTHING`,
      [source, managed, JSON.stringify(evidence)],
    );
    after = last.guid;
  }
}

/** A new source object with what evidence finds for it. */
export interface FoundSource {
  readonly guid: string;
  readonly kind: ObjectKind;
  readonly attributes: AttributeImage;
  readonly inError: boolean;
  readonly approved: string | null;
  readonly matches: readonly FoundMatch[];
}

/** A match, and what names its old source object. */
export type FoundMatch = Omit<ReconnectionMatch, 'names'> & { readonly attributes: AttributeImage };

/** SQL: the attributes of `row` that name it. */
const NAMES = (row: string): string =>
  `jsonb_build_object('mail', coalesce(${row}.attributes -> 'mail', '[]'), 'proxyAddresses', coalesce(${row}.attributes -> 'proxyAddresses', '[]'),
    'userPrincipalName', coalesce(${row}.attributes -> 'userPrincipalName', '[]'), 'sAMAccountName', coalesce(${row}.attributes -> 'sAMAccountName', '[]'))`;

/** The next new source objects that something was found for. */
export async function foundSources(
  db: Queryable,
  { source }: JoinedForests,
  after: string,
  limit: number,
): Promise<readonly FoundSource[]> {
  const objects = await db.query<Omit<FoundSource, 'matches'>>(
    `SELECT p.guid, o.kind, ${NAMES('o')} AS attributes, ${frozenByItself('o')} AS "inError",
       (SELECT r.identity_id FROM reconnection r WHERE r.forest_id = $1 AND r.guid = p.guid AND r.state = 'approved') AS approved
     FROM (SELECT DISTINCT guid FROM reconnection_candidate WHERE forest_id = $1 AND guid > $2 ORDER BY guid LIMIT $3) p
     JOIN source_object o ON o.forest_id = $1 AND o.guid = p.guid ORDER BY p.guid`,
    [source, after, limit],
  );
  const matches = await db.query<FoundMatch & { readonly of: string }>(
    `SELECT c.guid AS of, c.rule, c.mode, i.id AS "identityId", i.managed_guid AS "managedGuid", i.kind,
       json_build_object('forest', i.source_forest, 'guid', i.source_guid, 'dn', o.dn) AS source, o.tombstone_at IS NOT NULL AS gone, ${NAMES('o')} AS attributes,
       (SELECT coalesce(json_agg(json_build_object('forest', x.forest_id, 'guid', x.guid, 'dn', n.dn)), '[]') FROM (
          SELECT DISTINCT c2.forest_id, c2.guid FROM reconnection_candidate c2 WHERE c2.identity_id = c.identity_id AND (c2.forest_id, c2.guid) <> ($1, c.guid) LIMIT 20) x
        JOIN source_object n ON n.forest_id = x.forest_id AND n.guid = x.guid) AS rivals
     FROM reconnection_candidate c JOIN identity i ON i.id = c.identity_id
     JOIN source_object o ON o.forest_id = i.source_forest AND o.guid = i.source_guid
     WHERE c.forest_id = $1 AND c.guid = ANY($2) ORDER BY c.guid, c.position, i.id`,
    [source, objects.map((object) => object.guid)],
  );
  const byObject = Map.groupBy(matches, (match) => match.of);
  return objects.map((object) => ({ ...object, matches: byObject.get(object.guid) ?? [] }));
}

/** Who the source objects that a case names are, for whom it is shown to. */
export type CaseCandidate = Pick<ReconnectionMatch, 'identityId' | 'managedGuid' | 'gone'> & {
  readonly source: OtherSource;
  readonly rules: readonly string[];
};
