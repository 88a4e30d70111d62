import { z } from 'zod';
import { attribute, isReadable } from './attributes.ts';
import { attributeName } from './flow-settings.ts';
import { writableMessage } from './self-writable-faults.ts';
import { isSelfWritable } from './self-writable.ts';

const mode = z
  .enum(['auto', 'review'])
  .describe(
    '`auto` reconnects at once when the old source object is gone and there is one candidate; `review` asks an operator',
  );

const ruleSchema = z.discriminatedUnion('by', [
  z
    .strictObject({ by: z.literal('sidHistory'), mode: mode.default('auto') })
    .describe('The objectSid of the old source object is in the sIDHistory of the new one'),
  z
    .strictObject({ by: z.literal('consistencyGuid'), mode: mode.default('review') })
    .describe('Both have the same mS-DS-ConsistencyGuid'),
  z
    .strictObject({
      by: z.literal('attribute'),
      attribute: attributeName.describe('Attribute that names a person for life, such as employeeID'),
      mode: mode.default('review'),
      usersMayWriteIt: z
        .literal(true)
        .optional()
        .describe(
          'Says that it is known that every user may write this attribute on the own account, and so ask for the mailbox of somebody else',
        ),
    })
    .superRefine((rule, context) => {
      const message = attributeFault(rule.attribute, rule.usersMayWriteIt === true);
      if (message !== null) context.addIssue({ code: 'custom', path: ['attribute'], message });
    })
    .describe('Both have the same value of an attribute'),
  z
    .strictObject({ by: z.literal('legacyExchangeDn'), mode: mode.default('review') })
    .describe(
      'The new one has the legacyExchangeDN of the mailbox, or of the old source object, as an X500 address in proxyAddresses',
    ),
  z
    .strictObject({ by: z.literal('primarySmtp'), mode: mode.default('review') })
    .describe('Both have the same primary SMTP address'),
  z
    .strictObject({ by: z.literal('userPrincipalName'), mode: mode.default('review') })
    .describe('Both have the same userPrincipalName'),
]);

/** How services find a new source object of the same identity (Automated Services Reconnection). */
export const reconnectionSchema = z.strictObject({
  rules: z
    .array(ruleSchema)
    .max(12)
    .default([
      { by: 'sidHistory', mode: 'auto' },
      { by: 'consistencyGuid', mode: 'review' },
      { by: 'legacyExchangeDn', mode: 'review' },
      { by: 'primarySmtp', mode: 'review' },
      { by: 'userPrincipalName', mode: 'review' },
    ])
    .describe(
      'Evidence that a new source object and an identity that has services are the same, the weightiest first. Of several that match, the first decides whether it is followed at once',
    ),
  alwaysReview: z
    .array(z.string().trim().min(1).max(256))
    .max(1000)
    .default([])
    .describe(
      'People whose services are never reconnected without an operator, whatever the evidence: by objectGUID, mail address, userPrincipalName or sAMAccountName of the old or the new source object',
    ),
  limit: z
    .int()
    .min(0)
    .default(20)
    .describe('Up to this many are reconnected in one cycle without being asked; of more, all wait for an operator'),
  approvals: z
    .int()
    .min(1)
    .max(2)
    .default(1)
    .describe('How many operators have to approve a reconnection before it is made'),
});

export type ReconnectionSettings = z.output<typeof reconnectionSchema>;
export type ReconnectionRule = ReconnectionSettings['rules'][number];

const COMPARABLE: ReadonlySet<string> = new Set(['text', 'guid', 'sid', 'binary', 'integer']);

/** What is wrong with an attribute that names people; null when nothing is. */
function attributeFault(name: string, known: boolean): string | null {
  const definition = attribute(name);
  if (definition === undefined) return `the attribute ${name} is not known`;
  if (definition.name !== name) return `the attribute ${name} is spelled ${definition.name}`;
  if (!COMPARABLE.has(definition.syntax) || definition.link || !isReadable(name)) return `nobody is known by ${name}`;
  return known || !isSelfWritable(name) ? null : writableMessage(name, 'usersMayWriteIt: true');
}
