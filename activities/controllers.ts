import type { DirectoryEndpoint } from '../directory/endpoint.ts';
import {
  concernsOneController,
  DirectoryUnavailable,
  noControllerServes,
  type DirectoryRefused,
} from '../directory/errors.ts';
import { openReader, type DirectoryReader } from '../directory/reader.ts';
import { controllerStanding, type ControllerPosition, type ControllerStanding } from '../rules/controllers.ts';
import type { StoredWatermark } from '../store/watermarks.ts';

/** The controller that a domain is read from now. */
export interface OpenController {
  readonly reader: DirectoryReader;
  /** Where it was before the read. */
  readonly position: ControllerPosition;
  readonly standing: ControllerStanding;
}

/** What is known of controllers, by URL, beside what they say themselves. */
export interface KnownOfControllers {
  /** Work with these broke off: another shall be taken first. */
  readonly failed?: ReadonlySet<string>;
  /** Whether we have written what a controller, if it is another than the one that was read, may not have received. */
  readonly lacks?: (controller: string) => boolean;
}

/**
 * Opens the controller to read a domain from: the first in the configured order that holds all that was read before, else
 * one that was put back from a backup, else, when nobody could be read for `patienceMs`, one that is behind.
 *
 * @throws {DirectoryUnavailable} {DirectoryRefused} when none serves, or the account is not accepted
 */
export async function openController(
  endpoint: DirectoryEndpoint,
  namingContext: string,
  known: StoredWatermark | null,
  patienceMs: number,
  { failed = new Set(), lacks = () => false }: KnownOfControllers = {},
): Promise<OpenController> {
  const order = endpoint.controllers.toSorted((one, other) => Number(failed.has(one)) - Number(failed.has(other)));
  const failures: (DirectoryUnavailable | DirectoryRefused)[] = [];
  const lesser: OpenController[] = [];
  let chosen: OpenController | undefined;
  try {
    for (const controller of order) {
      const candidate = await standing(controller, endpoint, namingContext, known, failures);
      if (candidate === null) continue;
      if (candidate.standing === 'caught up' && lacks(controller)) lesser.push({ ...candidate, standing: 'behind' });
      else if (candidate.standing !== 'replaced' && candidate.standing !== 'behind') return (chosen = candidate);
      else lesser.push(candidate);
    }
    chosen =
      lesser.find((candidate) => candidate.standing === 'replaced') ??
      (known !== null && Date.now() - known.readAt.getTime() >= patienceMs ? lesser[0] : undefined);
    if (chosen !== undefined) return chosen;
    for (const { reader, position } of lesser)
      failures.push(
        new DirectoryUnavailable(
          reader.controller,
          `${position.controller} has not received yet all that was read from ${known?.controller ?? 'another controller'}; what it says may be older. See cycle.awaitReplication when that one is lost for good`,
        ),
      );
    throw noControllerServes(failures);
  } finally {
    await Promise.all(lesser.filter((candidate) => candidate !== chosen).map(({ reader }) => reader.close()));
  }
}

/** A controller that can be reached, and what reading from it would mean; null, with the reason noted, for another. */
async function standing(
  controller: string,
  endpoint: DirectoryEndpoint,
  namingContext: string,
  known: StoredWatermark | null,
  failures: (DirectoryUnavailable | DirectoryRefused)[],
): Promise<OpenController | null> {
  const reader = openReader({ ...endpoint, controllers: [controller] });
  try {
    const position = await reader.position(namingContext);
    return { reader, position, standing: controllerStanding(known, position) };
  } catch (error) {
    await reader.close();
    if (!concernsOneController(error)) throw error;
    failures.push(error);
    return null;
  }
}
