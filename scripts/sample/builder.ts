import { childDn } from '../../rules/dn.ts';
import type { Mistake, SampleKind, SampleObject, SampleValue } from './sample-object.ts';
import type { Site } from './sites.ts';

/** The domains that the sample customer owns; the first is the usual one. */
export const OWN_DOMAINS = ['contoso.test', 'contoso.example'] as const;

/** Where mail for hosted mailboxes is routed; KB 2615447 has it as mgd.<customer domain>. */
const MANAGED_ROUTING_DOMAIN = 'mgd.contoso.test';

const LEGACY_RECIPIENTS = '/o=Contoso/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients';

/** groupType without the security bit (MS-ADTS 2.2.12). */
const GROUP_SCOPE = { global: 2, 'domain-local': 4, universal: 8 } as const;
const SECURITY_ENABLED = -0x80000000;

/** userAccountControl: a normal account, one that is disabled. */
export const ENABLED = '512';
export const DISABLED = '514';

export interface BuilderOptions {
  /** DN of the organizational unit that holds the whole sample. */
  readonly base: string;
  /**
   * Put before account names and before all addresses in the customer's domains, so that one forest can hold the sample
   * more than once: these are unique in a forest, DNs are unique in their container.
   */
  readonly prefix: string;
}

/** Values that replace, or with null take away, what an object would get by itself. */
export type Overrides = Readonly<Record<string, SampleValue | readonly SampleValue[] | null>>;

export interface PersonSpec {
  readonly ou: string;
  readonly given: string;
  readonly surname: string;
  /** Spelling in addresses where it cannot be told from the name (CJK, Hebrew). */
  readonly latin?: readonly [given: string, surname: string];
  /** CN; by the order of the site when absent. */
  readonly name?: string;
  readonly site: Site;
  readonly department: string;
  readonly title: string;
  /** Provisioning value, in extensionAttribute9. Mail for its bearer is routed to the managed forest. */
  readonly provisioning?: string;
  readonly overrides?: Overrides;
  readonly mistake?: Mistake;
}

export interface GroupSpec {
  readonly ou: string;
  readonly name: string;
  readonly scope: keyof typeof GROUP_SCOPE;
  readonly security: boolean;
  /** Local part of its address; without one the group is not mail-enabled. */
  readonly address?: string;
  readonly members: readonly string[];
  readonly managedBy?: string;
  readonly overrides?: Overrides;
  readonly mistake?: Mistake;
}

/** A user or contact of the sample, as far as others refer to it. */
export interface Person {
  readonly dn: string;
  readonly account: string;
  readonly alias: string;
  readonly mail: string;
}

interface Draft extends SampleObject {
  readonly links: Record<string, string[]>;
}

/** Collects the objects of a sample and gives each the names that must be unique. */
export class SampleBuilder {
  readonly base: string;
  readonly #prefix: string;
  readonly #drafts = new Map<string, Draft>();
  readonly #accounts = new Set<string>();
  readonly #aliases = new Set<string>();
  #lastEmployee = 100_000;

  constructor({ base, prefix }: BuilderOptions) {
    this.base = base;
    this.#prefix = prefix;
  }

  /** All objects, containers before what they hold, in the order in which they are to be added. */
  objects(): readonly SampleObject[] {
    return [...this.#drafts.values()];
  }

  /** Adds the organizational unit that holds the sample. */
  addBase(): void {
    this.#add(this.base, 'organizationalUnit', { objectClass: 'organizationalUnit' });
  }

  /** Adds an organizational unit; answers its DN. */
  organizationalUnit(name: string, parent: string): string {
    const dn = child('OU', name, parent);
    this.#add(dn, 'organizationalUnit', { objectClass: 'organizationalUnit' });
    return dn;
  }

  /** An address in the customer's domain. */
  address(localPart: string, domain: string = OWN_DOMAINS[0]): string {
    return `${this.#prefix}${localPart}@${domain}`;
  }

  /** A user with everything that a well-kept directory has about a person; the overrides make the exceptions. */
  user(spec: PersonSpec): Person {
    const [given, surname] = (spec.latin ?? [spec.given, spec.surname]).map(asciiOf) as [string, string];
    const account = unique(this.#accounts, `${this.#prefix}${given.slice(0, 1)}${surname}`.toLowerCase(), 20);
    const alias = unique(
      this.#aliases,
      `${this.#prefix}${[given, surname].filter((part) => part !== '').join('.')}`.toLowerCase(),
      40,
    );
    const mail = `${alias}@${OWN_DOMAINS[0]}`;
    const name = spec.name ?? ordered(spec);
    const dn = child('CN', name, spec.ou);
    const employee = String(++this.#lastEmployee);
    this.#add(
      dn,
      'user',
      {
        objectClass: 'user',
        sAMAccountName: account,
        userPrincipalName: `${account}@${OWN_DOMAINS[0]}`,
        userAccountControl: ENABLED,
        ...person(spec, name, employee.slice(-3)),
        mail,
        mailNickname: alias,
        proxyAddresses: [`SMTP:${mail}`, `smtp:${alias}@${OWN_DOMAINS[1]}`, `sip:${mail}`],
        targetAddress: spec.provisioning === undefined ? `SMTP:${mail}` : `SMTP:${alias}@${MANAGED_ROUTING_DOMAIN}`,
        extensionAttribute9: spec.provisioning ?? null,
        legacyExchangeDN: `${LEGACY_RECIPIENTS}/cn=${alias}`,
        employeeID: employee,
        employeeType: 'internal',
        extensionAttribute1: `CC-${String(1000 + (Number(employee) % 37))}`,
        extensionAttribute2: spec.site.country[0],
        ...spec.overrides,
      },
      spec.mistake,
    );
    return { dn, account, alias, mail };
  }

  /** A person outside the customer, at an address of their own. */
  contact(spec: PersonSpec, address: string): Person {
    const [given, surname] = (spec.latin ?? [spec.given, spec.surname]).map(asciiOf) as [string, string];
    const alias = unique(
      this.#aliases,
      `${this.#prefix}${[given, surname].filter((part) => part !== '').join('.')}.ext`.toLowerCase(),
      60,
    );
    const name = spec.name ?? ordered(spec);
    const dn = child('CN', name, spec.ou);
    this.#add(
      dn,
      'contact',
      {
        objectClass: 'contact',
        ...person(spec, name, String(this.#drafts.size % 1000)),
        mail: address,
        mailNickname: alias,
        proxyAddresses: [`SMTP:${address}`],
        targetAddress: `SMTP:${address}`,
        ...spec.overrides,
      },
      spec.mistake,
    );
    return { dn, account: '', alias, mail: address };
  }

  /** A group; answers its DN. Members may be named before they exist, here or by {@link link}. */
  group(spec: GroupSpec): string {
    const dn = child('CN', spec.name, spec.ou);
    const base = asciiOf(spec.name).replaceAll(' ', '-') || 'group';
    const type = (spec.security ? SECURITY_ENABLED : 0) | GROUP_SCOPE[spec.scope];
    const mail = spec.address === undefined ? undefined : this.address(spec.address);
    this.#add(
      dn,
      'group',
      {
        objectClass: 'group',
        sAMAccountName: unique(this.#accounts, `${this.#prefix}${base}`, 60),
        groupType: String(type),
        displayName: spec.name,
        description: `${spec.security ? 'Security' : 'Distribution'} group, ${spec.scope}`,
        ...(mail === undefined
          ? {}
          : { mail, mailNickname: mail.slice(0, mail.indexOf('@')), proxyAddresses: [`SMTP:${mail}`] }),
        ...spec.overrides,
      },
      spec.mistake,
    );
    for (const member of spec.members) this.link(dn, 'member', member);
    if (spec.managedBy !== undefined) this.link(dn, 'managedBy', spec.managedBy);
    return dn;
  }

  /** Adds a value of a linked attribute. @throws {RangeError} when the holder is not in the sample. */
  link(holder: string, attribute: string, target: string): void {
    const draft = this.#drafts.get(holder);
    if (draft === undefined) throw new RangeError(`${holder} is not in the sample`);
    (draft.links[attribute] ??= []).push(target);
  }

  #add(dn: string, kind: SampleKind, values: Overrides, mistake?: Mistake): void {
    if (this.#drafts.has(dn)) throw new RangeError(`${dn} is in the sample already`);
    const attributes: Record<string, readonly SampleValue[]> = {};
    for (const [name, value] of Object.entries(values)) {
      if (value !== null) attributes[name] = typeof value === 'string' || Buffer.isBuffer(value) ? [value] : value;
    }
    this.#drafts.set(dn, { dn, kind, attributes, links: {}, ...(mistake && { mistake }) });
  }
}

/** What a person's entry shows in an address book. */
function person(spec: PersonSpec, name: string, extension: string): Overrides {
  const { site } = spec;
  const [alpha2, country, number] = site.country;
  return {
    givenName: spec.given || null,
    sn: spec.surname || null,
    displayName: name,
    initials: /^./u.exec(spec.given)?.[0] ?? null,
    title: spec.title,
    department: spec.department,
    company: 'Contoso AG',
    physicalDeliveryOfficeName: `${site.name} ${extension}`,
    telephoneNumber: `${site.dial} ${extension}`,
    streetAddress: site.street,
    postalCode: site.postalCode,
    l: site.name,
    st: site.state,
    c: alpha2,
    co: country,
    countryCode: number,
  };
}

function ordered({ given, surname, site }: PersonSpec): string {
  if (site.order === 'surname, given') return `${surname}, ${given}`;
  return site.order === 'surname given' ? `${surname} ${given}` : `${given} ${surname}`;
}

const SPELLED: Readonly<Record<string, string>> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  Ä: 'Ae',
  Ö: 'Oe',
  Ü: 'Ue',
  ß: 'ss',
  ł: 'l',
  Ł: 'L',
  ı: 'i',
  œ: 'oe',
  æ: 'ae',
  ø: 'o',
  đ: 'd',
};

/** A name in the letters, digits and hyphens that addresses are made of. */
export function asciiOf(name: string): string {
  return Array.from(name.normalize('NFC'))
    .map((character) => SPELLED[character] ?? character.normalize('NFD'))
    .join('')
    .replace(/[^A-Za-z0-9 -]/g, '')
    .trim()
    .replaceAll(' ', '-');
}

/** The wanted name, with a number where it is taken; not longer than the limit. */
function unique(taken: Set<string>, wanted: string, limit: number): string {
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : String(number);
    const name = `${wanted.slice(0, limit - suffix.length)}${suffix}`;
    if (!taken.has(name.toLowerCase())) {
      taken.add(name.toLowerCase());
      return name;
    }
  }
}

function child(attribute: 'CN' | 'OU', name: string, parent: string): string {
  const dn = childDn(attribute, name, parent);
  if (dn === undefined) throw new RangeError(`"${name}" below ${parent} cannot be named in a directory`);
  return dn;
}
