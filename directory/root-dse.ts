import { PresenceFilter, SearchRequest } from 'ldapts';

import { DirectoryRefused } from './errors.ts';
import type { LdapSession } from './session.ts';
import { guidText } from './values.ts';

/** What a domain controller says of itself (MS-ADTS 3.1.1.3.2). */
export interface RootDse {
  readonly defaultNamingContext: string;
  readonly configurationNamingContext: string;
  readonly schemaNamingContext: string;
  readonly rootDomainNamingContext: string;
  readonly namingContexts: readonly string[];
  readonly dnsHostName: string;
  /** The last USN that this controller has given out. */
  readonly highestCommittedUSN: bigint;
  /** DN of the controller's nTDSDSA object. */
  readonly dsServiceName: string;
  /**
   * Identifies the controller's database, as dashed text: USNs and cookies are worth nothing after it has changed (a
   * restore from backup, for instance).
   */
  readonly invocationId: string;
  /** OIDs. */
  readonly supportedControls: readonly string[];
}

const WANTED = [
  'defaultNamingContext',
  'configurationNamingContext',
  'schemaNamingContext',
  'rootDomainNamingContext',
  'namingContexts',
  'dnsHostName',
  'highestCommittedUSN',
  'dsServiceName',
  'supportedControl',
];

/** Reads the root DSE, and the invocationId from the object that it names. */
export async function readRootDse(session: LdapSession, controller: string): Promise<RootDse> {
  const missing = (name: string): DirectoryRefused =>
    new DirectoryRefused(controller, 'configuration', `the server shows no ${name}. Is it a domain controller?`);
  const root = await readBase(session, '', WANTED);
  const text = (name: string): string => {
    const value = root.get(name.toLowerCase())?.[0]?.toString();
    if (value === undefined) throw missing(name);
    return value;
  };
  const list = (name: string): readonly string[] =>
    (root.get(name.toLowerCase()) ?? []).map((value) => value.toString());
  const dsServiceName = text('dsServiceName');
  const settings = await readBase(session, dsServiceName, ['invocationId']);
  const invocationId = guidText(settings.get('invocationid')?.[0] ?? Buffer.alloc(0));
  if (invocationId === undefined) throw missing('invocationId');
  return {
    defaultNamingContext: text('defaultNamingContext'),
    configurationNamingContext: text('configurationNamingContext'),
    schemaNamingContext: text('schemaNamingContext'),
    rootDomainNamingContext: text('rootDomainNamingContext'),
    namingContexts: list('namingContexts'),
    dnsHostName: text('dnsHostName'),
    highestCommittedUSN: BigInt(text('highestCommittedUSN')),
    dsServiceName,
    invocationId,
    supportedControls: list('supportedControl'),
  };
}

/** One entry's values by attribute name in lower case, undecoded. */
export async function readBase(
  session: LdapSession,
  base: string,
  attributes: readonly string[],
): Promise<ReadonlyMap<string, readonly Buffer[]>> {
  const values = new Map<string, readonly Buffer[]>();
  await session.send(
    (messageId) =>
      new SearchRequest({
        messageId,
        baseDN: base,
        scope: 'base',
        filter: new PresenceFilter({ attribute: 'objectClass' }),
        attributes: [...attributes],
        timeLimit: 0,
      }),
    (entry) => {
      for (const part of entry.attributes) values.set(part.type.toLowerCase(), part.parsedBuffers);
    },
  );
  return values;
}
