import type { Configuration } from '../rules/configuration.ts';
import type { ErrorCode } from '../rules/error-catalogue.ts';
import { evaluate } from '../rules/evaluate.ts';
import { evaluationDifference, type EvaluationDifference } from '../rules/evaluation-difference.ts';
import { flowOwned } from '../rules/flow.ts';
import type { Database } from '../store/database.ts';
import { knownForestId } from '../store/forests.ts';
import { stagedSources } from '../store/source-space.ts';
import { knownUnits } from '../store/source-tree.ts';
import { settingsNow } from './evaluate.ts';

const PAGE = 500;

/** In how many objects something would be decided otherwise. */
export interface DifferenceCounts {
  /** Objects that were looked at: those that are staged and not gone. */
  staged: number;
  differing: number;
  enters: number;
  leaves: number;
  /** Objects whose services would end, where they did not before. */
  ending: number;
  readonly attributes: Record<string, number>;
  readonly services: Record<string, number>;
  readonly newErrors: Partial<Record<ErrorCode, number>>;
  readonly solvedErrors: Partial<Record<ErrorCode, number>>;
}

export interface ForestDifference {
  readonly counts: DifferenceCounts;
  /** The first of them, by objectGUID. */
  readonly objects: readonly (EvaluationDifference & { readonly dn: string; readonly kind: string })[];
}

/**
 * What another configuration would decide of a forest's objects, as they are staged now, by the rules of the cycle themselves. Each object
 * is evaluated by both; nothing is kept of that.
 *
 * @param limit at most so many objects are listed; all are counted
 * @returns null when nothing of the forest has been read yet
 */
export async function compareConfigurations(
  database: Database,
  before: Configuration,
  after: Configuration,
  forest: string,
  limit: number,
): Promise<ForestDifference | null> {
  const id = await knownForestId(database, { side: 'source', customer: after.customer, name: forest });
  if (id === null) return null;
  const [one, other] = await Promise.all([
    settingsNow(database, id, before, forest, knownUnits),
    settingsNow(database, id, after, forest, knownUnits),
  ]);
  const counts: DifferenceCounts = {
    staged: 0,
    differing: 0,
    enters: 0,
    leaves: 0,
    ending: 0,
    attributes: {},
    services: {},
    newErrors: {},
    solvedErrors: {},
  };
  const objects: ForestDifference['objects'][number][] = [];
  for (let last: string | null = null; ;) {
    const page = await stagedSources(database, id, last, PAGE);
    for (const object of page) {
      if (object.gone) continue;
      counts.staged += 1;
      const difference = evaluationDifference(
        evaluate(object, one),
        evaluate(object, other),
        flowOwned(other.flow, object.kind),
      );
      if (difference === null) continue;
      count(counts, difference);
      if (objects.length < limit) objects.push({ ...difference, dn: object.dn, kind: object.kind });
    }
    last = page.at(-1)?.guid ?? null;
    if (last === null) return { counts, objects };
  }
}

function count(counts: DifferenceCounts, difference: EvaluationDifference): void {
  counts.differing += 1;
  if (difference.scope !== null) counts[difference.scope] += 1;
  if (difference.ending !== null) counts.ending += 1;
  add(
    counts.attributes,
    difference.attributes.map(({ attribute }) => attribute),
  );
  add(counts.services, difference.services);
  add(counts.newErrors, difference.newErrors);
  add(counts.solvedErrors, difference.solvedErrors);
}

function add<Name extends string>(counts: Partial<Record<Name, number>>, names: readonly Name[]): void {
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
}
