import type { AttributeImage } from '../../rules/attributes.ts';
import type { Product } from './product.ts';

/** Attributes of a mail-enabled user of the sample's domains; a test names what it cares about. */
export function mailUser(alias: string, more: AttributeImage = {}): AttributeImage {
  return {
    userAccountControl: ['544'],
    displayName: [alias],
    mail: [`${alias}@contoso.test`],
    mailNickname: [alias],
    proxyAddresses: [`SMTP:${alias}@contoso.test`],
    ...more,
  };
}

export function mailContact(alias: string, more: AttributeImage = {}): AttributeImage {
  const address = `${alias}@partner.example`;
  return { displayName: [alias], mail: [address], mailNickname: [alias], targetAddress: [`SMTP:${address}`], ...more };
}

export function mailGroup(alias: string, more: AttributeImage = {}): AttributeImage {
  return { displayName: [alias], mail: [`${alias}@contoso.test`], mailNickname: [alias], groupType: ['8'], ...more };
}

/** Aliases are addresses, which a managed forest has once: a test file's are its own. */
export function aliasesOf(product: Product): (name: string) => string {
  return (name) => `${name}.${product.name}`;
}
