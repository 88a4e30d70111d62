import type { Configuration } from '../rules/configuration.ts';
import { evidenceSources, shownEvidence } from '../rules/reconnection.ts';
import type { Database } from '../store/database.ts';
import type { ForestId } from '../store/forests.ts';
import { foundWaiting, letIn } from '../store/onboarding-gate.ts';
import { knownAmong } from '../store/reconnection-search.ts';
import type { Run } from '../store/runs.ts';

/**
 * Lets those in beside the waves of an onboarding who may be somebody whose services are there already: they wait for no wave.
 * Their reconnection is decided in this cycle as always. Costs by how many this run has found to wait.
 *
 * @returns how many, to be evaluated again
 */
export async function admitKnown(
  database: Database,
  run: Run,
  managed: ForestId,
  { reconnection: { rules } }: Configuration,
): Promise<number> {
  const waiting = await foundWaiting(database, run);
  if (waiting.length === 0) return 0;
  return database.transaction(async (transaction) => {
    const forests = { source: run.forestId, managed };
    const known = await knownAmong(transaction, forests, waiting, evidenceSources(rules), (object) =>
      shownEvidence(object, rules),
    );
    if (known.length > 0) await letIn(transaction, run.forestId, known);
    return known.length;
  });
}
