import type { DirectoryReader } from '../directory/reader.ts';
import type { Configuration } from '../rules/configuration.ts';
import { flowOf, ownedAttributes } from '../rules/flow.ts';
import { MAILBOX_MARK, RECIPIENT_ATTRIBUTES } from '../rules/recipient-image.ts';
import type { Database } from '../store/database.ts';
import { forestId } from '../store/forests.ts';
import type { Run } from '../store/runs.ts';
import { joinIndex } from './join-index.ts';
import { servedConfigurations } from './served.ts';
import type { ManagedTarget } from './stage-managed.ts';

const ALWAYS_READ = ['objectClass', 'objectGUID', 'name', 'sAMAccountName'];

/** The managed naming context as it is to be read: for every customer of the forest, with what any of them owns there. */
export async function managedTarget(
  database: Database,
  reader: DirectoryReader,
  run: Run,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<ManagedTarget> {
  const { managed } = configuration;
  const served = await servedConfigurations(database, configuration);
  const joining = joinIndex(served);
  const owned = served.flatMap((one) => [...ownedAttributes(flowOf(one)), one.managed.anchorAttribute]);
  return {
    database,
    reader,
    run,
    forest: await forestId(database, { side: 'managed', name: managed.name }),
    namingContext: managed.namingContext,
    attributes: [...new Set([...ALWAYS_READ, ...RECIPIENT_ATTRIBUTES, MAILBOX_MARK, ...owned, ...joining.attributes])],
    anchorAttribute: managed.anchorAttribute,
    missed: managed.missed,
    joining,
    signal,
  };
}
