import type { DirectoryEndpoint } from '../../directory/endpoint.ts';
import { DirectoryRefused, DirectoryUnavailable } from '../../directory/errors.ts';
import { probeController } from '../../directory/probe.ts';
import { openReader, type DirectoryReader } from '../../directory/reader.ts';
import type { ForestConfiguration, ManagedConfiguration } from '../../rules/configuration.ts';
import { controllerLines, type ControllerFacts } from '../../rules/preflight-controller.ts';
import type { CheckLine } from '../../rules/preflight.ts';
import { sameDn } from '../../rules/dn.ts';
import { endpoint, type Dependencies } from '../dependencies.ts';
import { SecretUnreadable } from '../secrets.ts';

/** An account of a forest, over all its domains: once it was refused it is not tried again. */
export interface LogOn {
  /** Why there is no password. */
  readonly unreadable: string | null;
  refused: boolean;
}

/** Looks whether the password is where the configuration says. */
export async function logOnOf(
  dependencies: Dependencies,
  access: ForestConfiguration | ManagedConfiguration,
): Promise<LogOn> {
  try {
    await dependencies.secret(access);
    return { unreadable: null, refused: false };
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error;
    return { unreadable: error.message, refused: false };
  }
}

/** The domain controllers of a naming context as they were found. */
export interface Controllers {
  readonly lines: readonly CheckLine[];
  /** At the first that let the account in and holds the naming context; null where none did. */
  readonly reader: DirectoryReader | null;
}

/** Connects to each domain controller that is configured for a naming context, as a cycle would to the one that it takes. */
export async function lookAtControllers(
  dependencies: Dependencies,
  access: ForestConfiguration | ManagedConfiguration,
  place: { readonly namingContext: string; readonly controllers: readonly string[] },
  logOn: LogOn,
): Promise<Controllers> {
  const { namingContext } = place;
  const known = logOn.unreadable === null ? dependencies : { ...dependencies, secret: () => Promise.resolve('') };
  const whole = await endpoint(known, place.controllers, access);
  const found = await Promise.all(
    place.controllers.map(async (url) => ({ url, connection: await connection(url, whole) })),
  );
  const lines: CheckLine[] = [];
  let chosen: DirectoryReader | null = null;
  // One after the other, so that a wrong password is tried once.
  for (const { url, connection: of } of found) {
    const { facts, reader } = await logOnAt(url, of, whole, namingContext, logOn);
    if (chosen === null && facts.holds === true) chosen = reader;
    else await reader?.close();
    lines.push(...controllerLines(facts, { namingContext, account: access.account }, Date.now()));
  }
  return { lines, reader: chosen };
}

type Connection = Omit<ControllerFacts, 'logOn' | 'holds'>;

async function connection(url: string, whole: DirectoryEndpoint): Promise<Connection> {
  const facts = { url, unreachable: null, untrusted: null, certificateEnds: null, aheadMs: null };
  try {
    const { certificateEnds, aheadMs } = await probeController(url, whole);
    return { ...facts, certificateEnds: certificateEnds?.getTime() ?? null, aheadMs };
  } catch (error) {
    if (error instanceof DirectoryUnavailable) return { ...facts, unreachable: reasonOf(error) };
    if (error instanceof DirectoryRefused) return { ...facts, untrusted: reasonOf(error) };
    throw error;
  }
}

async function logOnAt(
  url: string,
  of: Connection,
  whole: DirectoryEndpoint,
  namingContext: string,
  logOn: LogOn,
): Promise<{ readonly facts: ControllerFacts; readonly reader: DirectoryReader | null }> {
  const without = (how: ControllerFacts['logOn']): { facts: ControllerFacts; reader: null } => ({
    facts: { ...of, logOn: how, holds: null },
    reader: null,
  });
  if (of.unreachable !== null || of.untrusted !== null) return without('not tried');
  if (logOn.unreadable !== null) return without({ refused: logOn.unreadable });
  if (logOn.refused) return without('not tried');
  const reader = openReader({ ...whole, controllers: [url] });
  try {
    const { namingContexts } = await reader.rootDse();
    const holds = namingContexts.some((one) => sameDn(one, namingContext));
    return { facts: { ...of, logOn: 'accepted', holds }, reader };
  } catch (error) {
    await reader.close();
    if (error instanceof DirectoryUnavailable) return without({ refused: reasonOf(error) });
    if (!(error instanceof DirectoryRefused)) throw error;
    logOn.refused ||= error.kind === 'credentials';
    return without({ refused: reasonOf(error) });
  }
}

/** What is wrong, without the URL: the line has it. */
export function reasonOf({ controller, message }: DirectoryUnavailable | DirectoryRefused): string {
  return message.startsWith(`${controller}: `) ? message.slice(controller.length + 2) : message;
}
