import fc from 'fast-check';
import type { AttributeImage } from '../../rules/attributes.ts';
import type { ObjectKind, SourceObject } from '../../rules/objects.ts';
import type { ValidationSettings } from '../../rules/validate.ts';

/** Attributes as a test writes them: one value, several, or undefined for an absent one. */
export type Attributes = Readonly<Record<string, string | readonly string[] | undefined>>;

export function image(attributes: Attributes): AttributeImage {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'string' ? [value] : value] as const],
    ),
  );
}

/** An object of a customer's forest with these attributes and no others. */
export function sourceObject(kind: ObjectKind, attributes: Attributes = {}): SourceObject {
  return {
    guid: '11111111-2222-4333-8444-555555555555',
    kind,
    dn: 'CN=Ann,OU=People,DC=corp,DC=contoso,DC=test',
    attributes: image(attributes),
  };
}

export const ownDomains: ReadonlySet<string> = new Set(['contoso.test', 'contoso.example']);

/** Validation as it is by default, for the customer of these domains. */
export const validation: ValidationSettings = {
  ownDomains,
  smtp: null,
  validation: { newHire: true, mailIsPrimary: false, targetIsMail: false },
};

/** One in which nothing is wrong; a test adds what it is about. */
export function goodObject(kind: ObjectKind, more: Attributes = {}): SourceObject {
  const mail = kind === 'contact' ? 'ann@partner.example' : 'ann@contoso.test';
  return sourceObject(kind, {
    displayName: 'Ann',
    mail,
    mailNickname: 'ann',
    proxyAddresses: [`SMTP:${mail}`],
    ...(kind === 'contact' ? { targetAddress: `SMTP:${mail}` } : {}),
    ...more,
  });
}

export const anyKind = fc.constantFrom<ObjectKind>('user', 'contact', 'group');

/** An objectGUID. */
export const anyGuid = fc.uuid();

/** Text as a directory can hold it: with emoji and letters of all scripts, and no half of a surrogate pair. */
export const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .string({
      unit: fc.oneof(fc.stringMatching(/^[aZ. \-_@:;,"\\/<>()[\]]$/), fc.string({ unit: 'grapheme' })),
      maxLength,
    })
    .filter((text) => text.isWellFormed());
