import { z } from 'zod';

/** A mail address of an operator or a customer's contact; also one at a domain without a dot, inside a network. */
export const mailbox = z
  .string()
  .max(254)
  .regex(
    /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/,
    'a mail address, such as directory@contoso.com',
  );

/** Who gets mail from us. Nobody is named twice. */
export const recipients = z.array(mailbox).superRefine((addresses, context) => {
  const lower = addresses.map((address) => address.toLowerCase());
  const twice = lower.findIndex((address, index) => lower.indexOf(address) !== index);
  if (twice >= 0)
    context.addIssue({ code: 'custom', path: [twice], message: `${addresses[twice] ?? ''} is named twice` });
});
