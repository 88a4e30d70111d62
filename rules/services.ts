import type { AttributeImage } from './attributes.ts';
import type { ObjectError } from './error-catalogue.ts';
import { first, type SourceObject } from './objects.ts';
import { parseProvisioningValue } from './provisioning-value.ts';
import type { RecipientKind } from './recipients.ts';

export interface ServiceSettings {
  /** Source attribute that carries the provisioning value. */
  readonly attribute: string;
  readonly regions: ReadonlySet<string>;
  readonly defaultRegion: string;
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
 */
export function wantedServices(
  object: SourceObject,
  wanted: AttributeImage,
  settings: ServiceSettings,
): ServiceDecision {
  if (object.kind !== 'user') return NOTHING;
  const value = parseProvisioningValue(first(object.attributes, settings.attribute));
  if (!value.ok)
    return { service: {}, errors: [{ code: 'PE101', attribute: settings.attribute, details: value.details }] };
  if (value.request.ask === 'remove') return { ...NOTHING, removes: true };
  if (value.request.ask !== 'mailbox') return NOTHING;
  const { recipient, capacity } = value.request;
  const region = value.request.region ?? settings.defaultRegion;
  if (!settings.regions.has(region))
    return {
      service: {},
      errors: [
        { code: 'PE102', attribute: settings.attribute, details: `the region ${region} has no mailbox databases` },
      ],
    };
  const sourceSid = first(object.attributes, 'objectSid');
  if (sourceSid === undefined)
    return { service: {}, errors: [{ code: 'PE103', attribute: 'objectSid', details: 'objectSid was not readable' }] };
  const hidden = first(wanted, 'msExchHideFromAddressLists') === 'TRUE';
  return {
    service: {
      mail: {
        recipient,
        quotaBytes: value.request.quotaBytes?.toString() ?? null,
        region,
        sourceSid,
        hidden,
        ...(capacity === null ? {} : { capacity }),
      },
    },
    errors: [],
  };
}
