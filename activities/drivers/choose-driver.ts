import type { DirectoryWriter } from '../../directory/writer.ts';
import type { Configuration } from '../../rules/configuration.ts';
import { commandDriver } from './command-driver.ts';
import { directoryDriver } from './directory-driver.ts';
import type { ServiceDriver } from './driver.ts';
import { Places } from './places.ts';
import type { ProgramSettings } from './program.ts';

/** The configuration asks for the command driver, but this worker has no program for it. */
export class ProgramMissing extends Error {
  override readonly name = 'ProgramMissing';
}

const placesOf = new WeakMap<ProgramSettings, Places>();

/**
 * The driver that a customer's configuration asks for.
 *
 * @param program what the worker's settings name
 * @throws ProgramMissing when they name none and one is needed
 */
export function chooseDriver(
  { services }: Configuration,
  program: ProgramSettings | undefined,
  writer: DirectoryWriter,
): ServiceDriver {
  if (services.driver === 'directory') return directoryDriver(writer);
  if (program === undefined)
    throw new ProgramMissing(
      'The configuration asks for the command driver, but ITASCA_DRIVER_COMMAND is not among the settings of this worker.',
    );
  const places = placesOf.get(program) ?? new Places(program.atOnce);
  placesOf.set(program, places);
  return commandDriver(program, places, writer);
}
