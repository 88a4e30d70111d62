import { z } from 'zod';
import { parseDn } from './dn.ts';

const message = 'a distinguished name that ends in DC=..., such as OU=People,DC=contoso,DC=com';

export const distinguishedName = z
  .string()
  // The pattern is what an editor can check by the JSON schema.
  .regex(/^ *(?:CN|OU|DC) *=.+, *DC *=[^,]+$/i, { message, abort: true })
  .refine((text) => parseDn(text) !== undefined, {
    abort: true,
    message: `${message}; special characters in a name are written with a backslash, as in OU=Sales\\, North`,
  });
