import { z } from 'zod';

/** How strict validation is where the rules of KB 2615447 and IdFix leave a choice. */
export const validationSchema = z
  .strictObject({
    newHire: z
      .boolean()
      .default(true)
      .describe(
        'A user may have a mailbox made without saying where mail goes meanwhile. False: one with neither homeMDB nor targetAddress is an error, and a mailbox is made only where targetAddress ends in routingDomain (KB 2615447)',
      ),
    routingDomain: z
      .string()
      .regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/, 'a DNS domain in lower case, such as mgd.contoso.com')
      .optional()
      .describe(
        'Domain in which mail is routed to hosted mailboxes, such as mgd.contoso.com, below one of the domains: each gets a secondary address in it, what its targetAddress says or mailNickname@domain',
      ),
    mailIsPrimary: z
      .boolean()
      .default(false)
      .describe('A mail that is not the primary SMTP address is an error, rather than a further address'),
    targetIsMail: z
      .boolean()
      .default(false)
      .describe(
        'A targetAddress that is not mail is an error, for contacts and for users without homeMDB (IdFix, MailMatch)',
      ),
  })
  .refine((value) => value.newHire || value.routingDomain !== undefined, {
    message: 'is needed where newHire is false',
    path: ['routingDomain'],
  })
  .refine((value) => value.newHire || !value.targetIsMail, {
    message: 'contradicts newHire: false, where the targetAddress of a hosted mailbox is not its mail',
    path: ['targetIsMail'],
  });

export type ValidationConfiguration = z.output<typeof validationSchema>;
