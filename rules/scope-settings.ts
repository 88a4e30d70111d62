import { z } from 'zod';
import { smtpDomain } from './addresses.ts';
import { MAX_FILTER_LENGTH } from './filter.ts';
import { compileFilter, filterAttribute } from './filter-match.ts';
import { compileCondition } from './scope-condition.ts';

const filterText = z
  .string()
  .max(MAX_FILTER_LENGTH)
  .superRefine((text, context) => {
    const compilation = compileFilter(text);
    if (!compilation.ok)
      context.addIssue({
        code: 'custom',
        message: `at character ${compilation.fault.at + 1}: ${compilation.fault.message}`,
      });
  });

const attribute = z.string().superRefine((name, context) => {
  const known = filterAttribute(name);
  const message = typeof known === 'string' ? known : `${name} is spelled ${known.name}`;
  if (typeof known === 'string' || known.name !== name) context.addIssue({ code: 'custom', message });
});

const condition = z
  .strictObject({
    attribute: attribute.describe('The attribute that is looked at'),
    equals: z.string().min(1).optional().describe('It has this value'),
    oneOf: z.array(z.string().min(1)).min(1).optional().describe('It has one of these values'),
    present: z.literal(true).optional().describe('It has a value'),
    absent: z.literal(true).optional().describe('It has no value'),
    kinds: z
      .array(z.enum(['user', 'contact', 'group']))
      .min(1)
      .default(['user', 'contact', 'group'])
      .describe('Kinds of object that are looked at; the others meet the condition'),
  })
  .superRefine((value, context) => {
    if (typeof filterAttribute(value.attribute) === 'string') return;
    const compiled = compileCondition(value);
    if (typeof compiled === 'string') context.addIssue({ code: 'custom', message: compiled });
  });

const smtpEntry = z.string().refine((text) => smtpDomain(text.includes('@') ? text : `any@${text}`) !== null, {
  message: 'an SMTP address, or a domain such as contoso.com',
  abort: true,
});

/** What narrows the scope of a forest beside its organizational units; part of `forests[].scope`. */
export const scopeRuleFields = {
  filter: filterText
    .optional()
    .describe(
      'LDAP filter (RFC 4515) that objects must match, of any kind. It is evaluated here, not by the domain controller, and sees the attributes of the object itself',
    ),
  require: z.array(condition).default([]).describe('Conditions that objects in scope must all meet'),
  reject: z.array(condition).default([]).describe('Conditions of which objects in scope must meet none'),
  smtp: z
    .strictObject({
      include: z
        .array(smtpEntry)
        .min(1)
        .describe("The SMTP inclusion list: addresses, and domains of the customer. Judged is an object's mail"),
      outside: z
        .enum(['mail user', 'out of scope'])
        .default('mail user')
        .describe(
          'What users and groups are whose mail is not in the list: synchronized, but without a mailbox (KB 2615447), or out of scope',
        ),
    })
    .optional(),
};
