import { parseProxyAddress } from './addresses.ts';
import type { ObjectError } from './error-catalogue.ts';
import { first, type SourceObject } from './objects.ts';
import { quoted } from './quote.ts';
import { isListed, type SmtpInclusion } from './smtp-inclusion.ts';
import type { ValidationConfiguration } from './validation-settings.ts';

export interface RoutingSettings {
  readonly smtp: SmtpInclusion | null;
  readonly validation: ValidationConfiguration;
}

/**
 * The errors of a user whose mail, homeMDB and targetAddress do not go together: the table of KB 2615447 of what makes a
 * mailbox and what a mail-enabled user.
 *
 * | mail in the inclusion list | homeMDB | targetAddress | the user is |
 * | --- | --- | --- | --- |
 * | yes | present | any | one with a mailbox in the Customer Forest |
 * | yes | absent | present | a mail-enabled user, or to have a hosted mailbox |
 * | yes | absent | absent | to have a hosted mailbox where New Hire is on, else in error |
 * | no | present | any | in error |
 * | no | absent | present | a mail-enabled user |
 * | no | absent | absent | in error: nothing tells where mail goes |
 */
export function routingErrors(object: SourceObject, settings: RoutingSettings): readonly ObjectError[] {
  if (object.kind !== 'user') return [];
  const mail = first(object.attributes, 'mail') ?? '';
  const listed = isListed(object, settings.smtp) ?? true;
  const homeMdb = first(object.attributes, 'homeMDB');
  if (homeMdb !== undefined && !listed)
    return [{ code: 'SE504', attribute: 'homeMDB', details: `homeMDB is present, but mail is ${quoted(mail)}` }];
  const routed = homeMdb !== undefined || first(object.attributes, 'targetAddress') !== undefined;
  if (routed || (listed && settings.validation.newHire)) return [];
  const why = listed ? 'New Hire is off' : `mail is ${quoted(mail)}, outside the SMTP inclusion list`;
  return [{ code: 'SE503', attribute: 'targetAddress', details: `homeMDB and targetAddress are absent, and ${why}` }];
}

/** Why a user who asks for a hosted mailbox can not have one (KB 2615447); nothing when they can. */
export function mailboxErrors(object: SourceObject, { smtp, validation }: RoutingSettings): readonly ObjectError[] {
  const mail = first(object.attributes, 'mail') ?? '';
  if (isListed(object, smtp) === false)
    return [{ code: 'PE104', attribute: 'mail', details: `mail is ${quoted(mail)}` }];
  if (validation.newHire) return [];
  if (leadsHere(object, validation)) return [];
  const target = first(object.attributes, 'targetAddress');
  const found = target === undefined ? 'targetAddress is absent' : `targetAddress is ${quoted(target)}`;
  return [
    {
      code: 'PE105',
      attribute: 'targetAddress',
      details: `${found}; it must end in @${validation.routingDomain ?? ''}`,
    },
  ];
}

/**
 * Whether a user's mail is to be delivered to a hosted mailbox by what it says itself, where nothing asks for one: `mail` is in
 * the inclusion list, there is no mailbox in the Customer Forest, and targetAddress leads here or, with New Hire on, nowhere.
 */
export function isHostedByMail(object: SourceObject, { smtp, validation }: RoutingSettings): boolean {
  if (isListed(object, smtp) !== true || first(object.attributes, 'homeMDB') !== undefined) return false;
  if (first(object.attributes, 'targetAddress') === undefined) return validation.newHire;
  return leadsHere(object, validation);
}

/** Whether targetAddress ends in the domain in which mail for hosted mailboxes is routed. */
export function leadsHere(object: SourceObject, { routingDomain }: ValidationConfiguration): boolean {
  const address = parseProxyAddress(first(object.attributes, 'targetAddress') ?? '')?.address.toLowerCase() ?? '';
  return address.endsWith(`@${routingDomain ?? ''}`);
}
