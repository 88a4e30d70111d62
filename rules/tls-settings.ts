import { z } from 'zod';

/** What an operator has to write to have passwords and data sent as they are. */
export const PLAIN = 'I accept that passwords and data cross the network unencrypted';

/** How connections to domain controllers are secured: LDAPS, or StartTLS for ldap://, with the certificate verified. */
export const tlsSchema = z
  .strictObject({
    caFile: z
      .string()
      .min(1)
      .optional()
      .describe(
        'PEM file with the certificates of the issuing CA. Relative to this file. Default: the CAs that Node trusts',
      ),
    serverName: z
      .string()
      .min(1)
      .optional()
      .describe('Name to verify in the certificate when it is not the host of the URL'),
    plain: z
      .literal(PLAIN)
      .optional()
      .describe(
        'Without TLS, for ldap:// controllers inside a machine or a network that is secured otherwise: exactly this sentence. Not together with the others',
      ),
  })
  .default({});

export type TlsConfiguration = z.output<typeof tlsSchema>;

/** What is contradictory in these settings for these controllers: places below the section that holds both, and why. */
export function* tlsFaults(
  tls: TlsConfiguration,
  controllers: readonly string[],
): Generator<{ readonly path: readonly string[]; readonly message: string }> {
  if (tls.plain === undefined) return;
  const verified = (['caFile', 'serverName'] as const).find((name) => tls[name] !== undefined);
  if (verified !== undefined)
    yield { path: ['tls', 'plain'], message: `with it ${verified} verifies nothing; leave one of the two out` };
  const secure = controllers.find((url) => url.startsWith('ldaps:'));
  if (secure !== undefined)
    yield { path: ['tls', 'plain'], message: `${secure} is secured by TLS; write ldap:// or leave this out` };
}
