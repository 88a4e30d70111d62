import { smtpDomain } from './addresses.ts';
import { first, type SourceObject } from './objects.ts';

/** The SMTP inclusion list: who may have a hosted mailbox, by `mail` (KB 2615447). */
export interface SmtpInclusion {
  /** Addresses and domains, in lower case. */
  readonly entries: ReadonlySet<string>;
  /** What users and groups are whose mail is not in the list. */
  readonly outside: 'mail user' | 'out of scope';
}

/**
 * Whether the inclusion list holds an object's mail; null for contacts, who stand for people elsewhere, and where there
 * is no mail to judge. Without a list everybody is in it.
 */
export function isListed(object: SourceObject, smtp: SmtpInclusion | null): boolean | null {
  const mail = first(object.attributes, 'mail');
  if (object.kind === 'contact' || mail === undefined) return null;
  return smtp === null || smtp.entries.has(mail.toLowerCase()) || smtp.entries.has(smtpDomain(mail) ?? '');
}
