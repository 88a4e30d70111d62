import { Attribute, Change, type Client, EqualityFilter } from 'ldapts';
import { childDn, formatDn, parentOf, parseDn, rdnOf } from '../../rules/dn.ts';
import { connectAdministrator, type LoadTarget } from './administrator.ts';
import { ENABLED, OWN_DOMAINS } from './builder.ts';
import type { SampleValue } from './sample-object.ts';

/** What an administrator gives an account that is created again. */
const RECREATED_WITH = [
  ...[
    'sAMAccountName',
    'userPrincipalName',
    'userAccountControl',
    'givenName',
    'sn',
    'displayName',
    'mail',
    'mailNickname',
  ],
  ...[
    'proxyAddresses',
    'targetAddress',
    'extensionAttribute1',
    'extensionAttribute2',
    'extensionAttribute9',
    'employeeID',
  ],
  ...[
    'title',
    'department',
    'company',
    'physicalDeliveryOfficeName',
    'telephoneNumber',
    'l',
    'c',
    'co',
    'employeeType',
  ],
];

/** A user as {@link CustomerAdministrator.addUser} makes it; the rest follows from the account. */
export interface NewUser {
  readonly account: string;
  readonly givenName: string;
  readonly surname: string;
  /** DN of the organizational unit. */
  readonly ou: string;
  /** Values beside those that every new user gets, or instead of them. */
  readonly attributes?: Readonly<Record<string, readonly SampleValue[]>>;
}

/**
 * Does what administrators of a customer do to their directory, one change a call. Users and groups are named by their
 * sAMAccountName, which stays when they are renamed or moved.
 */
export class CustomerAdministrator {
  readonly #client: Client;
  readonly #namingContext: string;

  private constructor(client: Client, namingContext: string) {
    this.#client = client;
    this.#namingContext = namingContext;
  }

  static async signIn(target: LoadTarget): Promise<CustomerAdministrator> {
    return new CustomerAdministrator(await connectAdministrator(target), target.namingContext);
  }

  signOut(): Promise<void> {
    return this.#client.unbind();
  }

  /** The DN of a user or group. @throws {Error} when no account, or more than one, has the name. */
  async dnOf(account: string): Promise<string> {
    const filter = new EqualityFilter({ attribute: 'sAMAccountName', value: account });
    const { searchEntries } = await this.#client.search(this.#namingContext, {
      scope: 'sub',
      filter,
      attributes: ['1.1'],
    });
    const [found, second] = searchEntries;
    if (found === undefined || second !== undefined) {
      throw new Error(
        `${String(searchEntries.length)} accounts are called ${account} in ${this.#namingContext}; one was expected`,
      );
    }
    return found.dn;
  }

  /** Adds an enabled user with an address of its own; answers the DN. */
  async addUser({ account, givenName, surname, ou, attributes }: NewUser): Promise<string> {
    const dn = named(childDn('CN', `${givenName} ${surname}`, ou), ou);
    const mail = `${account}@${OWN_DOMAINS[0]}`;
    const values: Record<string, readonly SampleValue[]> = {
      objectClass: ['user'],
      sAMAccountName: [account],
      userPrincipalName: [mail],
      userAccountControl: [ENABLED],
      givenName: [givenName],
      sn: [surname],
      displayName: [`${givenName} ${surname}`],
      mail: [mail],
      mailNickname: [account],
      proxyAddresses: [`SMTP:${mail}`],
      targetAddress: [`SMTP:${mail}`],
      ...attributes,
    };
    await this.#client.add(
      dn,
      Object.entries(values).map(([type, all]) => attribute(type, all)),
    );
    return dn;
  }

  /**
   * Deletes a user and creates it again, at the same place with the same values but for those that are left out: another object
   * to the directory, which gets another objectGUID and SID; memberships are lost. Answers the DN.
   */
  async recreateUser(account: string, without: readonly string[] = []): Promise<string> {
    const dn = await this.dnOf(account);
    const kept = RECREATED_WITH.filter((name) => !without.includes(name));
    const { searchEntries } = await this.#client.search(dn, { scope: 'base', attributes: kept });
    const [entry] = searchEntries;
    if (entry === undefined) throw new Error(`${account} is gone`);
    const values = kept.flatMap((name) => {
      const all = [entry[name] ?? []].flat();
      return all.length === 0 ? [] : [attribute(name, all)];
    });
    await this.#client.del(dn);
    await this.#client.add(dn, [attribute('objectClass', ['user']), ...values]);
    return dn;
  }

  async deleteObject(account: string): Promise<void> {
    await this.#client.del(await this.dnOf(account));
  }

  /** Sets an attribute to these values; none clears it. */
  async set(account: string, name: string, values: readonly SampleValue[]): Promise<void> {
    const change = new Change({ operation: 'replace', modification: attribute(name, values) });
    await this.#client.modify(await this.dnOf(account), change);
  }

  changeTitle(account: string, title: string): Promise<void> {
    return this.set(account, 'title', [title]);
  }

  clearMail(account: string): Promise<void> {
    return this.set(account, 'mail', []);
  }

  addMember(group: string, member: string): Promise<void> {
    return this.#changeMember(group, member, 'add');
  }

  removeMember(group: string, member: string): Promise<void> {
    return this.#changeMember(group, member, 'delete');
  }

  /** Gives a user or group another CN, where it is; answers the new DN. */
  async renameUser(account: string, name: string): Promise<string> {
    const dn = await this.dnOf(account);
    return this.#rename(dn, childDn('CN', name, parentOf(dn) ?? ''));
  }

  /** Moves a user or group to another organizational unit, which may be out of scope; answers the new DN. */
  async moveUser(account: string, ou: string): Promise<string> {
    const dn = await this.dnOf(account);
    const name = rdnOf(dn);
    return this.#rename(dn, name && childDn(name.attribute, name.value, ou));
  }

  async #changeMember(group: string, member: string, operation: 'add' | 'delete'): Promise<void> {
    const [holder, target] = [await this.dnOf(group), await this.dnOf(member)];
    await this.#client.modify(holder, new Change({ operation, modification: attribute('member', [target]) }));
  }

  async #rename(dn: string, to: string | undefined): Promise<string> {
    const target = named(to, dn);
    // ldapts parts the new name from its container at a comma that follows no backslash, so all escapes are hexadecimal.
    await this.#client.modifyDN(dn, formatDn(parseDn(target) ?? [], 'hexadecimal'));
    return target;
  }
}

function attribute(type: string, values: readonly SampleValue[]): Attribute {
  return new Attribute({ type, values: values.map((value) => Buffer.from(value)) });
}

function named(dn: string | undefined, near: string): string {
  if (dn === undefined) throw new Error(`No object at or below ${near} can have that name`);
  return dn;
}
