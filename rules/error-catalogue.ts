import { deprovisioningErrors } from './deprovisioning-errors.ts';
import { joinErrors } from './join-errors.ts';
import { managedErrors } from './managed-errors.ts';
import type { ObjectKind } from './objects.ts';
import { provisioningErrors } from './provisioning-errors.ts';
import { reconnectionErrors } from './reconnection-errors.ts';
import { voiceErrors } from './voice-errors.ts';

/**
 * The two families of KB 2590119: a synchronization error freezes all flow of its object, a provisioning error blocks
 * only the service. The numbers are our own and never change their meaning.
 */
export type ErrorFamily = 'SE' | 'PE';

export interface ErrorDefinition {
  readonly title: string;
  readonly kinds: readonly ObjectKind[];
  readonly condition: string;
  readonly impact: string;
  readonly remedy: string;
}

const FROZEN =
  'What was synchronized before stays as it is; nothing more flows, membership included, until it is corrected.';
const EVERY: readonly ObjectKind[] = ['user', 'contact', 'group'];

const synchronizationErrors = {
  SE101: {
    title: 'Mail address is malformed',
    kinds: EVERY,
    condition:
      '`mail` is not a local part and a domain joined by one @, holds white space, or is longer than 256 characters.',
    impact: FROZEN,
    remedy: 'Correct `mail` in the Customer Forest.',
  },
  SE102: {
    title: "Address is outside the customer's domains",
    kinds: ['user', 'group'],
    condition:
      '`mail` or an SMTP or SIP value of `proxyAddresses` has a domain that is not in the configuration of the customer.',
    impact: FROZEN,
    remedy: 'Remove the address, or have the domain added to the configuration when the customer owns it.',
  },
  SE103: {
    title: 'Mail is not the primary address',
    kinds: EVERY,
    condition:
      '`mail` differs from the primary SMTP address of `proxyAddresses`. Found where `validation.mailIsPrimary` is on; else `mail` becomes a further address.',
    impact: FROZEN,
    remedy: 'Write the same address into `mail` and into the `SMTP:` value of `proxyAddresses`.',
  },
  SE201: {
    title: 'Mail nickname is missing',
    kinds: ['user', 'contact'],
    condition: '`mailNickname` is absent.',
    impact: FROZEN,
    remedy: 'Set `mailNickname` in the Customer Forest.',
  },
  SE202: {
    title: 'Mail nickname has a forbidden character',
    kinds: EVERY,
    condition:
      '`mailNickname` holds white space or an ASCII punctuation mark other than hyphen, underscore and period; begins or ends with a period; has two periods in a row; or is longer than 64 characters.',
    impact: FROZEN,
    remedy: 'Correct `mailNickname` in the Customer Forest.',
  },
  SE301: {
    title: 'Proxy address is malformed',
    kinds: EVERY,
    condition:
      'A value of `proxyAddresses` has no type prefix, is longer than 256 characters, holds a control character, is an SMTP or SIP value without a valid address, or an X500 value that does not begin with a slash.',
    impact: FROZEN,
    remedy: 'Correct or remove the value in the Customer Forest.',
  },
  SE302: {
    title: 'More than one primary SMTP address',
    kinds: EVERY,
    condition: '`proxyAddresses` has two or more values with the prefix `SMTP:` in capitals.',
    impact: FROZEN,
    remedy: 'Leave one `SMTP:` value and write the others with `smtp:`.',
  },
  SE303: {
    title: 'Address belongs to another object',
    kinds: EVERY,
    condition:
      'An address of this object (`mail`, `proxyAddresses`, SIP) is held by another object; who had it first keeps it.',
    impact: FROZEN,
    remedy: 'Remove the address from one of the two objects.',
  },
  SE304: {
    title: 'Mail nickname belongs to another object',
    kinds: EVERY,
    condition: '`mailNickname` is held by another object of the same customer; who had it first keeps it.',
    impact: FROZEN,
    remedy: 'Give one of the two objects another `mailNickname`.',
  },
  SE305: {
    title: 'No primary SMTP address',
    kinds: EVERY,
    condition:
      '`proxyAddresses` has SMTP values, but none with the prefix `SMTP:` in capitals, and there is no `mail` to be it.',
    impact: FROZEN,
    remedy: 'Write one value with `SMTP:`, or set `mail`.',
  },
  SE306: {
    title: 'More than one primary SIP address',
    kinds: EVERY,
    condition: '`proxyAddresses` has two or more values with the prefix `SIP:` in capitals.',
    impact: FROZEN,
    remedy: 'Leave one `SIP:` value and remove the others.',
  },
  SE307: {
    title: 'Legacy distinguished name is malformed',
    kinds: EVERY,
    condition:
      '`legacyExchangeDN`, which becomes an X500 address, does not begin with a slash, holds a control character, or is longer than 251 characters.',
    impact: FROZEN,
    remedy: 'Correct or remove `legacyExchangeDN` in the Customer Forest.',
  },
  SE401: {
    title: 'Display name is too long or has white space at an end',
    kinds: EVERY,
    condition: '`displayName` is longer than 256 characters, or begins or ends with white space.',
    impact: FROZEN,
    remedy: 'Correct `displayName` in the Customer Forest.',
  },
  SE402: {
    title: 'Display name of the group is missing',
    kinds: ['group'],
    condition: 'A group in scope has no `displayName`.',
    impact: FROZEN,
    remedy: 'Set `displayName` in the Customer Forest.',
  },
  SE403: {
    title: 'Country is not a country code',
    kinds: ['user', 'contact'],
    condition: '`c` is not two letters, or `countryCode` is not a number of up to three digits (ISO 3166).',
    impact: FROZEN,
    remedy: 'Correct the country in the Customer Forest; `co` takes the name of the country.',
  },
  SE501: {
    title: 'Target address is missing or malformed',
    kinds: EVERY,
    condition: 'A contact has no `targetAddress`, or `targetAddress` is no valid address of its type.',
    impact: FROZEN,
    remedy: 'Set `targetAddress` in the Customer Forest, for instance to `SMTP:` and the mail address.',
  },
  SE502: {
    title: 'Target address is not the mail address',
    kinds: ['user', 'contact'],
    condition:
      '`targetAddress` of a contact, or of a user without `homeMDB`, is not `SMTP:` and `mail`. Found where `validation.targetIsMail` is on.',
    impact: FROZEN,
    remedy: 'Set `targetAddress` to `SMTP:` and the mail address.',
  },
  SE503: {
    title: 'Nothing tells where mail goes',
    kinds: ['user'],
    condition:
      'A user has neither `homeMDB` nor `targetAddress`, and no mailbox may be made: `validation.newHire` is off, or `mail` is not in the SMTP inclusion list.',
    impact: FROZEN,
    remedy:
      'Set `targetAddress` in the Customer Forest: to the routing domain for a hosted mailbox, else to where the mail is delivered.',
  },
  SE504: {
    title: 'Mailbox of an address outside the inclusion list',
    kinds: ['user'],
    condition: 'A user has a mailbox in the Customer Forest (`homeMDB`), but `mail` is not in the SMTP inclusion list.',
    impact: FROZEN,
    remedy: 'Correct `mail`, have its domain added to the inclusion list, or clear `homeMDB` when there is no mailbox.',
  },
  SE601: {
    title: 'Value is too long for its attribute',
    kinds: EVERY,
    condition:
      'A value of a flowed attribute is longer, or a number greater, than the schema of the managed forest allows: a photo of more than 100 KiB, for instance.',
    impact: FROZEN,
    remedy: 'Shorten the value in the Customer Forest; the details name the limit.',
  },
  SE602: {
    title: 'Value does not fit its syntax',
    kinds: EVERY,
    condition:
      'A value of a flowed attribute is not what its syntax allows: text that is no UTF-8 or holds a NUL, a GUID of another length.',
    impact: FROZEN,
    remedy: 'Write the attribute again in the Customer Forest.',
  },
  SE701: {
    title: 'Expression of the attribute flow fails',
    kinds: EVERY,
    condition:
      "An expression of the customer's configuration can not be evaluated for this object; the details name the rule and what it met.",
    impact: FROZEN,
    remedy:
      'Correct the value that the details name in the Customer Forest, or have the expression in the configuration allow for it.',
  },
  SE702: {
    title: 'Flowed value does not fit its attribute',
    kinds: EVERY,
    condition:
      'A rule of the attribute flow gives a value that is longer than its target can hold, or a number outside its range; the details name the rule.',
    impact: FROZEN,
    remedy: 'Shorten the value in the Customer Forest, or have the rule in the configuration cut it.',
  },
  SE801: {
    title: 'Replication conflict',
    kinds: EVERY,
    condition: 'Two domain controllers took an object of the same name each; this one lost and was renamed (`CNF:`).',
    impact: 'It is not synchronized; if it was, its managed object is disconnected.',
    remedy: 'Delete the one that is not needed, or give it a name of its own.',
  },
  SE802: {
    title: 'Object in lost and found',
    kinds: EVERY,
    condition:
      'The container of the object was deleted at one domain controller while another one put the object into it.',
    impact: 'It is not synchronized; if it was, its managed object is disconnected.',
    remedy: 'Move it to where it belongs, or delete it.',
  },
  SE901: {
    title: 'Managed forest refused the change',
    kinds: EVERY,
    condition: "The managed domain controller refused to write the object; the details hold the server's answer.",
    impact: 'This change is not written; it is tried again in each cycle.',
    remedy:
      'Correct the value that the answer names in the Customer Forest, or the rights and limits of the Managed Forest.',
  },
  SE902: {
    title: 'Name is taken in the managed forest',
    kinds: EVERY,
    condition: 'The managed forest has another object under the distinguished name or sAMAccountName that was chosen.',
    impact: 'The object is not created; another name is chosen in the next cycle.',
    remedy: 'None is needed, unless it stays: then look at the object that the details name.',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** Every error that an object can have. */
export const errorCatalogue = {
  ...synchronizationErrors,
  ...joinErrors,
  ...reconnectionErrors,
  ...managedErrors,
  ...provisioningErrors,
  ...deprovisioningErrors,
  ...voiceErrors,
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

export function familyOf(code: ErrorCode): ErrorFamily {
  return code.startsWith('SE') ? 'SE' : 'PE';
}

/** An error of one object, as a rule finds it. */
export interface ObjectError {
  readonly code: ErrorCode;
  /** The attribute that is at fault; empty when it is the object as a whole. */
  readonly attribute: string;
  /** What exactly was found, for the operator; holds the customer's value. */
  readonly details: string;
}
