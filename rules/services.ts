import type { AttributeImage } from './attributes.ts';
import type { ErrorCode, ObjectError } from './error-catalogue.ts';
import { first, type SourceObject } from './objects.ts';
import type { Entitlement, PlanName, Plans } from './mailbox-settings.ts';
import { parseProvisioningValue, placeOf, sizeInBytes, type MailboxRequest } from './provisioning-value.ts';
import { quoted } from './quote.ts';
import type { RecipientKind } from './recipients.ts';

export interface ServiceSettings {
  /** Source attribute that carries the provisioning value. */
  readonly attribute: string;
  readonly regions: ReadonlySet<string>;
  readonly defaultRegion: string;
  readonly plans: Plans;
  readonly entitlement: Entitlement;
}

/** A mailbox as the source object's attributes ask for it. */
export interface MailWish {
  readonly recipient: RecipientKind;
  /** Size of the mailbox in bytes, as text; null for the database's own limits. */
  readonly quotaBytes: string | null;
  readonly region: string;
  /** objectSid of the source account. */
  readonly sourceSid: string;
  readonly hidden: boolean;
  /** People that a room holds, where it is told. */
  readonly capacity?: number;
}

export interface ServiceDecision {
  readonly service: { readonly mail?: MailWish };
  readonly errors: readonly ObjectError[];
  /** The mailbox is asked to be removed. */
  readonly removes?: true;
}

const NOTHING: ServiceDecision = { service: {}, errors: [] };

/**
 * Decides which services a user's own attribute values ask for. Contacts and groups have none.
 *
 * @param wanted what flow wants the managed object to hold
 * @param hostedByMail the user's mail is to be delivered here, by what it says itself
 */
export function wantedServices(
  object: SourceObject,
  wanted: AttributeImage,
  settings: ServiceSettings,
  hostedByMail: boolean,
): ServiceDecision {
  if (object.kind !== 'user') return NOTHING;
  const text = first(object.attributes, settings.attribute) ?? '';
  const value = parseProvisioningValue(text);
  if (value.ok && value.request.ask === 'remove') return { ...NOTHING, removes: true };
  if (!isEntitled(object, settings.entitlement)) return NOTHING;
  if (!value.ok) return refused('PE101', settings.attribute, value.details);
  const request = value.request.ask === 'nothing' ? unsaid(settings.entitlement, hostedByMail) : value.request;
  if (request.ask !== 'mailbox') return NOTHING;
  const { recipient, capacity, quotaBytes } = request;
  const region = request.region ?? settings.defaultRegion;
  if (!settings.regions.has(region))
    return refused('PE102', settings.attribute, `the region ${region} has no mailbox databases`);
  const oversize = sizeFault(request, settings.plans);
  if (oversize !== null)
    return refused('PE107', settings.attribute, `${quoted(text)}: at ${quoted(placeOf(text, 'MBX'))} ${oversize}`);
  const sourceSid = first(object.attributes, 'objectSid');
  if (sourceSid === undefined) return refused('PE103', 'objectSid', 'objectSid was not readable');
  const hidden = first(wanted, 'msExchHideFromAddressLists') === 'TRUE';
  return {
    service: {
      mail: {
        recipient,
        quotaBytes: quotaBytes?.toString() ?? null,
        region,
        sourceSid,
        hidden,
        ...(capacity === null ? {} : { capacity }),
      },
    },
    errors: [],
  };
}

function refused(code: ErrorCode, attribute: string, details: string): ServiceDecision {
  return { service: {}, errors: [{ code, attribute, details }] };
}

function isEntitled({ attributes }: SourceObject, entitlement: Entitlement): boolean {
  if (entitlement.by === 'mail') return first(attributes, 'mail') !== undefined;
  if (entitlement.by === 'provisioningValue') return true;
  return first(attributes, entitlement.attribute)?.trim().toLowerCase() === entitlement.equals.toLowerCase();
}

/** What is asked for by who is entitled to a mailbox and has no provisioning value. */
function unsaid({ by }: Entitlement, hostedByMail: boolean): MailboxRequest {
  if (by === 'provisioningValue' || (by === 'mail' && !hostedByMail)) return { ask: 'nothing' };
  return { ask: 'mailbox', recipient: 'linked', plan: null, quotaBytes: null, region: null, capacity: null };
}

/** Why a size is not one of those that the mailbox plan allows; null when it is, or when nothing limits it. */
function sizeFault({ recipient, plan, quotaBytes }: MailboxAsked, plans: Plans): string | null {
  const name: PlanName | null = plan ?? PLAN_OF[recipient];
  if (quotaBytes === null || name === null) return null;
  const { upTo, sizes } = plans[name];
  if (sizes !== undefined)
    return sizes.some((size) => sizeInBytes(size) === quotaBytes)
      ? null
      : `the sizes of ${name} are ${sizes.join(' and ')}`;
  return upTo === undefined || quotaBytes <= (sizeInBytes(upTo) ?? 0n) ? null : `the sizes of ${name} go up to ${upTo}`;
}

type MailboxAsked = Extract<MailboxRequest, { ask: 'mailbox' }>;

/** The plan of the kinds of mailboxes for which TYPE= names none. */
const PLAN_OF: Readonly<Record<RecipientKind, PlanName | null>> = {
  linked: null,
  sharedLinked: null,
  shared: 'SHARED',
  room: 'RESOURCE',
  equipment: 'RESOURCE',
  lyncRoom: 'LRSROOM',
};
