import { z } from 'zod';
import { attribute, isReadable } from './attributes.ts';
import { distinguishedName } from './dn-settings.ts';
import { attributeName } from './flow-settings.ts';

const mode = z
  .enum(['auto', 'review'])
  .describe('Whether one free match is adopted at once, or waits for the answer of an operator');

const ruleSchema = z.discriminatedUnion('by', [
  z
    .strictObject({ by: z.literal('masterAccountSid'), mode: mode.default('auto') })
    .describe(
      'msExchMasterAccountSid of the managed object is the objectSid or in the sIDHistory of the source account',
    ),
  z
    .strictObject({
      by: z.literal('attributes'),
      source: attributeName.describe('Attribute of the source object; objectGUID among them'),
      managed: attributeName.describe(
        'Attribute of the managed object with the same value, whatever the case; the anchor of another engine, for instance. A GUID is found as text, in hexadecimal and in base64',
      ),
      mode,
    })
    .superRefine((rule, context) => {
      for (const { path, message } of attributeFaults(rule)) context.addIssue({ code: 'custom', path, message });
    }),
  z
    .strictObject({
      by: z.literal('addresses'),
      mode: z.literal('review', {
        message:
          'addresses can be planted by whoever may write them: a match by them is for an operator to judge (review)',
      }),
    })
    .describe('The managed object has an SMTP address of the source object in proxyAddresses or mail'),
]);

/** How objects of a Customer Forest are looked for in a Managed Forest that is filled already. */
export const joinSchema = z.strictObject({
  rules: z
    .array(ruleSchema)
    .max(10)
    .default([{ by: 'masterAccountSid', mode: 'auto' }])
    .describe(
      'Rules by which a managed object is found for a source object, the weightiest first. Before all of them comes the anchor that Itasca itself has written, which is always followed',
    ),
  containers: z
    .array(distinguishedName)
    .default([])
    .describe(
      "Organizational units of the Managed Forest, beside managed.ou, whose objects may be adopted: where the engine before has put this customer's",
    ),
  managedOnlyMembers: z
    .enum(['keep', 'remove'])
    .default('keep')
    .describe('What becomes of members of managed groups, and of other references, that stand for no source object'),
});

export type JoinSettings = z.output<typeof joinSchema>;
export type JoinRule = JoinSettings['rules'][number];
type AttributeRule = Extract<JoinRule, { by: 'attributes' }>;

/** Attributes that anybody fills who hands out addresses: no proof of who somebody is. */
const PLANTED: ReadonlySet<string> = new Set(['mail', 'proxyAddresses', 'targetAddress']);
const COMPARABLE: ReadonlySet<string> = new Set(['text', 'guid', 'sid', 'binary']);

function* attributeFaults(rule: AttributeRule): Generator<{ path: ['source' | 'managed']; message: string }> {
  for (const side of ['source', 'managed'] as const) {
    const name = rule[side];
    const known = attribute(name);
    const message =
      known === undefined
        ? `the attribute ${name} is not known`
        : known.name !== name
          ? `the attribute ${name} is spelled ${known.name}`
          : !COMPARABLE.has(known.syntax) || (!isReadable(name) && !(side === 'source' && name === 'objectGUID'))
            ? `objects can not be joined by ${name}`
            : PLANTED.has(name) && rule.mode === 'auto'
              ? `${name} can be planted by whoever may write it: a match by it is for an operator to judge (review)`
              : null;
    if (message !== null) yield { path: [side], message };
  }
}
