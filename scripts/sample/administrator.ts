import { readFileSync } from 'node:fs';
import { Client } from 'ldapts';

/** A forest of the development stack, as its administrator reaches it. */
export interface LoadTarget {
  /** `ldaps://host[:port]` */
  readonly url: string;
  /** Path of the certificate authority's PEM file. */
  readonly caFile: string;
  /** `DC=corp,DC=contoso,DC=test` */
  readonly namingContext: string;
  readonly administrator: { readonly account: string; readonly password: string };
}

/** A connection that may write: for filling and changing the forests of tests and demonstrations, never for Itasca itself. */
export async function connectAdministrator({
  url,
  caFile,
  administrator,
}: Omit<LoadTarget, 'namingContext'>): Promise<Client> {
  const client = new Client({
    url,
    tlsOptions: { ca: readFileSync(caFile) },
    connectTimeout: 10_000,
    timeout: 120_000,
  });
  try {
    await client.bind(administrator.account, administrator.password);
  } catch (error) {
    await client.unbind();
    throw new Error(`Could not sign in to ${url} as ${administrator.account}: ${String(error)}`, { cause: error });
  }
  return client;
}
