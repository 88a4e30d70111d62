import type { Connection } from '@temporalio/client';
import { searchAttributes } from '../workflows/search-attributes.ts';

/** INDEXED_VALUE_TYPE_KEYWORD of temporal.api.enums.v1; the generated enum is not exported to ES modules. */
const KEYWORD = 2;

/** Registers the search attributes that a namespace lacks. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(searchAttributes).filter((key) => !(key.name in customAttributes));
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map((key) => [key.name, KEYWORD])),
  });
}
