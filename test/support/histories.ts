import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Client } from '@temporalio/client';

const folder = join(import.meta.dirname, '..', 'replay', 'histories');

/** Stack traces in failures name it; a recorded history is the same wherever it was recorded. */
const project = join(import.meta.dirname, '..', '..');

/** Keeps the history of a workflow for the replay tests, when the suite runs with ITASCA_RECORD=1. */
export async function recordHistory(client: Client, workflowId: string, name: string): Promise<void> {
  if (process.env['ITASCA_RECORD'] !== '1') return;
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${historyToJSON(history).replaceAll(`${project}/`, '')}\n`);
}

/** The recorded histories, by name. */
export function recordedHistories(): { readonly name: string; readonly history: unknown }[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.json'.length),
      history: JSON.parse(readFileSync(join(folder, file), 'utf8')) as unknown,
    }));
}
