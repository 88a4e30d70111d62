import { mailboxAttributes, type Entitlement } from './mailbox-settings.ts';
import { isSelfWritable } from './self-writable.ts';

/** Of a customer's configuration, what decides about services. */
interface DecidingServices {
  readonly attribute: string;
  readonly entitlement: Entitlement;
  readonly usersMayWrite: readonly string[];
}

/**
 * What is wrong with source attributes that decide who gets which service: every user may write them, and the configuration
 * does not say that this is known.
 */
export function* writableFaults(
  services: DecidingServices,
  voice: { readonly bitmapAttribute: string; readonly stringAttribute?: string | undefined } | undefined,
): Generator<{ path: readonly string[]; message: string }> {
  const deciding = [
    ...mailboxAttributes(services),
    ...(voice === undefined ? [] : [voice.bitmapAttribute, voice.stringAttribute]),
  ].filter((name) => name !== undefined);
  for (const name of deciding)
    if (isSelfWritable(name) && !services.usersMayWrite.includes(name))
      yield { path: ['services', 'usersMayWrite'], message: writableMessage(name, `usersMayWrite: [${name}]`) };
}

/** @param consent what the configuration has to say to have it all the same */
export function writableMessage(name: string, consent: string): string {
  return `every user may write ${name} on the own account, and so decide about a mailbox; if that is meant, say \`${consent}\``;
}
