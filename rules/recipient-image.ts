import type { AttributeImage } from './attributes.ts';
import type { ObjectKind } from './objects.ts';

/** The attributes by which Exchange tells recipients apart. */
export const RECIPIENT_ATTRIBUTES = ['msExchRecipientTypeDetails', 'msExchRecipientDisplayType'] as const;

const RECIPIENT = {
  mailContact: { msExchRecipientTypeDetails: ['64'], msExchRecipientDisplayType: ['6'] },
  distributionGroup: { msExchRecipientTypeDetails: ['256'], msExchRecipientDisplayType: ['1'] },
  securityGroup: { msExchRecipientTypeDetails: ['1024'], msExchRecipientDisplayType: ['1073741833'] },
} as const satisfies Record<string, AttributeImage>;

/**
 * What makes a contact or a group a recipient, beside what flows: a contact whose mail goes somewhere is a mail contact, and
 * a group with `mail` a distribution group or, where it gives rights, a mail-enabled security group. Users have services.
 *
 * @param wanted what flow wants the managed object to hold
 */
export function recipientImage(kind: ObjectKind, wanted: AttributeImage): AttributeImage {
  const has = (name: string): boolean => (wanted[name] ?? []).length > 0;
  if (kind === 'contact' && has('targetAddress')) return RECIPIENT.mailContact;
  if (kind !== 'group' || !has('mail')) return {};
  return Number(wanted['groupType']?.[0] ?? '0') < 0 ? RECIPIENT.securityGroup : RECIPIENT.distributionGroup;
}
