import { milliseconds, type Configuration } from '../rules/configuration.ts';
import type { ForestId } from '../store/forests.ts';
import { uncoveredControllers } from '../store/managed-writes.ts';
import { lastReadFrom, type StoredWatermark } from '../store/watermarks.ts';
import { openController, type OpenController } from './controllers.ts';
import { endpoint, type Dependencies } from './dependencies.ts';

/**
 * Opens the controller to read the Managed Forest from: the first in the configured order that shows all that was read and
 * all that we have written since. One that does not yet would be given twins of the objects that it has not received.
 *
 * @throws {DirectoryUnavailable} when none does, or none is reached
 */
export async function openManagedController(
  dependencies: Dependencies,
  configuration: Configuration,
  forest: ForestId,
  known: StoredWatermark | null,
): Promise<OpenController> {
  const { managed, cycle } = configuration;
  const access = await endpoint(dependencies, managed.controllers, managed);
  const uncovered = await uncoveredControllers(dependencies.database, forest, managed.namingContext);
  return openController(access, managed.namingContext, known, milliseconds(cycle.awaitReplication), {
    lacks: (controller) => [...uncovered].some((url) => url !== controller),
  });
}

/** The URLs where everybody writes: of the controller that was last read; before the first read, of each that may be. */
export async function managedControllers(
  { database }: Dependencies,
  { managed }: Pick<Configuration, 'managed'>,
): Promise<readonly string[]> {
  return writtenTo(await lastReadFrom(database, managed.name, managed.namingContext), { managed });
}

/** As {@link managedControllers}, where it is known which controller was last read. */
export function writtenTo(lastRead: string | null, { managed }: Pick<Configuration, 'managed'>): readonly string[] {
  return lastRead !== null && managed.controllers.includes(lastRead) ? [lastRead] : managed.controllers;
}
