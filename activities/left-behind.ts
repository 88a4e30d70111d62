import type { AttributeImage } from '../rules/attributes.ts';
import { isLeftBehind } from '../rules/domain-moves.ts';
import { goneSources, knownElsewhere } from '../store/source-delta.ts';
import type { Domain } from './read-domain.ts';

/** An object as a read tells of it: all, or what changed. */
interface Told {
  readonly guid: string;
  readonly attributes: AttributeImage;
}

/**
 * Which of these objects a read tells of as they were, not as they are: because they have moved to another domain since,
 * or because the controller is behind and does not know of their deletion.
 */
export async function leftBehind(domain: Domain, told: readonly Told[]): Promise<ReadonlySet<string>> {
  const { database, run, namingContext, standing, hasSiblings } = domain;
  const guids = told.map((object) => object.guid);
  const left = new Set<string>();
  if (standing === 'behind') for (const guid of await goneSources(database, run.forestId, guids)) left.add(guid);
  if (!hasSiblings) return left;
  const elsewhere = await knownElsewhere(database, run.forestId, namingContext, guids);
  for (const { guid, attributes } of told) {
    const now = elsewhere.get(guid);
    if (now !== undefined && isLeftBehind(now, attributes)) left.add(guid);
  }
  return left;
}
