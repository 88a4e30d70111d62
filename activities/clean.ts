import { cutoff, type CleanedPart } from '../rules/keeping.ts';
import { cleanBatch } from '../store/cleaning.ts';
import { currentConfiguration } from '../store/configurations.ts';
import type { Database } from '../store/database.ts';
import type { CleanedStep, CleaningRequest } from './cleaning-types.ts';
import { ConfigurationMissing } from './dependencies.ts';

/** Rows of one transaction: none holds what it has locked for long. */
const BATCH = 500;
/** Batches of one step, so that the workflow shows how it goes on. */
const BATCHES = 20;

/** Deletes of a part what has been kept long enough, by batches. */
export async function cleanOf(
  database: Database,
  { customer }: CleaningRequest,
  part: CleanedPart,
  at: Date,
  signal: AbortSignal,
): Promise<CleanedStep> {
  const current = await currentConfiguration(database, customer);
  if (current === null) throw new ConfigurationMissing(`The customer ${customer} has no configuration.`);
  const { keeping } = current.configuration;
  const batch = {
    customer,
    before: cutoff(part, keeping, at),
    historyFrom: cutoff('changes', keeping, at),
    limit: BATCH,
  };
  let deleted = 0;
  for (let count = 0; count < BATCHES; count += 1) {
    signal.throwIfAborted();
    const rows = await cleanBatch(database, part, batch);
    if (rows === null) return { deleted, state: 'busy' };
    deleted += rows;
    if (rows < BATCH) return { deleted, state: 'done' };
  }
  return { deleted, state: 'more' };
}
