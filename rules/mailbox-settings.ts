import { z } from 'zod';
import { distinguishedName } from './dn-settings.ts';
import { attributeName } from './flow-settings.ts';
import { sizeInBytes } from './provisioning-value.ts';

const size = z
  .string()
  .refine((text) => sizeInBytes(text) !== undefined, 'a size such as 500MB or 50GB, up to 2047GB')
  .meta({ pattern: '^[1-9][0-9]{0,6}(?:MB|GB)$' });

const databaseSchema = z.union([
  distinguishedName,
  z.strictObject({
    database: distinguishedName.describe('Distinguished name of the database'),
    weight: z.int().min(1).max(1000).default(1).describe('Share of new mailboxes, against the others of the region'),
    limit: z.int().min(0).optional().describe('It gets no new mailbox when it holds this many; 0 takes it out of use'),
  }),
]);

/** Mailbox databases of one region. */
const regionSchema = z.strictObject({
  databases: z
    .array(databaseSchema)
    .min(1)
    .describe('The databases, filled evenly by their weights: distinguished names, or with weight and limit'),
});

const planSchema = z
  .strictObject({
    upTo: size.optional().describe('Largest size'),
    sizes: z.array(size).min(1).optional().describe('The only sizes'),
  })
  .refine(({ upTo, sizes }) => upTo === undefined || sizes === undefined, { message: 'give upTo or sizes, not both' });

/** The mailbox plans and the sizes that they allow; a mailbox without MBX= has the limits of its database. */
export const plansSchema = z.strictObject({
  KIOSK: planSchema.prefault({ upTo: '2GB' }).describe('TYPE=KIOSK'),
  EP1D: planSchema.prefault({ upTo: '50GB' }).describe('TYPE=EP1D'),
  EP2D: planSchema.prefault({ upTo: '50GB' }).describe('TYPE=EP2D'),
  RESOURCE: planSchema.prefault({}).describe('Rooms and equipment'),
  LRSROOM: planSchema.prefault({ sizes: ['5GB', '10GB'] }).describe('Lync rooms (KB 3103746)'),
  SHARED: planSchema.prefault({}).describe('TYPE=SHARED'),
});

export type Plans = z.output<typeof plansSchema>;
export type PlanName = keyof Plans;

/** The recipients of the Managed Forest and where their mailboxes are. */
export const exchangeSchema = z.strictObject({
  recipientsDn: z
    .string()
    .regex(
      /^\/o=[^/]+\/ou=[^/]+\/cn=[^/]+$/i,
      'such as /o=Fabrikam/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients',
    )
    .describe('Prefix of the legacyExchangeDN of new recipients'),
  homeServer: z.string().min(1).describe('Value of msExchHomeServerName'),
  addressLists: z
    .array(distinguishedName)
    .default([])
    .describe('Address lists that show mailboxes and mail users, unless they are hidden, such as All Users'),
  roomLists: z
    .array(distinguishedName)
    .default([])
    .describe('Address lists that show rooms besides, such as All Rooms'),
  contactLists: z
    .array(distinguishedName)
    .optional()
    .describe('Address lists that show mail contacts; the addressLists where it is not given'),
  groupLists: z
    .array(distinguishedName)
    .optional()
    .describe('Address lists that show mail-enabled groups; the addressLists where it is not given'),
  regions: z
    .record(z.string().regex(/^[A-Z]{2,8}$/, 'a region in capitals, such as EU'), regionSchema)
    .describe('Mailbox databases per region of the provisioning value (REG=)'),
  defaultRegion: z.string().describe('Region of a provisioning value without REG='),
  plans: plansSchema.prefault({}).describe('Mailbox plans with the sizes that they allow (MBX=)'),
});

/** Who is entitled to a mailbox. */
export const entitlementSchema = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('provisioningValue').describe('Whoever has a provisioning value for one') }),
  z.strictObject({
    by: z
      .literal('mail')
      .describe(
        'Every user with `mail` in the inclusion list whose mail does not go elsewhere (homeMDB, targetAddress); the provisioning value says kind, size and region where there is one',
      ),
  }),
  z.strictObject({
    by: z
      .literal('attribute')
      .describe('Every user whose attribute has one value; the provisioning value says the rest where there is one'),
    attribute: attributeName.describe('Source attribute of the rule, such as extensionAttribute1'),
    equals: z.string().min(1).default('createMSOmailbox').describe('Its value, in any case'),
  }),
]);

export type Entitlement = z.output<typeof entitlementSchema>;

/** The source attributes that decide about mailboxes. */
export function mailboxAttributes(services: {
  readonly attribute: string;
  readonly entitlement: Entitlement;
}): readonly string[] {
  const { attribute, entitlement } = services;
  return entitlement.by === 'attribute' ? [attribute, entitlement.attribute] : [attribute];
}
