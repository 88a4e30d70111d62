import type { DirectoryEntry } from '../../directory/entries.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import { configurationSchema, type Configuration } from '../../rules/configuration.ts';
import { HOLDING_ATTRIBUTES } from '../../rules/deprovisioned.ts';
import type { RecipientKind } from '../../rules/recipients.ts';
import type { Meanings, Trigger } from '../../rules/transitions.ts';
import { done } from './directory-sandbox.ts';
import { mailContact, mailGroup, mailUser } from './people.ts';
import { openProduct, type Product } from './product.ts';

export type Held = RecipientKind | 'mailUser' | 'contact' | 'group';

/** What the managed object is to hold afterwards. */
export type Image = 'as before' | 'mail user' | 'mail-disabled' | 'hidden' | 'mailbox off and hidden' | 'inactive';

export interface Row {
  readonly has: Held;
  readonly trigger: Exclude<Trigger, 'returned'>;
  readonly circumstance: '' | 'litigation hold' | 'in error';
  readonly image: Image;
  /** The error that the object has afterwards. */
  readonly code: string | null;
  /** What happens next, and the image then. */
  readonly next?: readonly ['returned' | 'returned in error' | 'hold lifted', Image];
}

export const VALUES: Readonly<Record<RecipientKind, string>> = {
  linked: 'MBX=5GB;TYPE=EP2D;REG=EU',
  sharedLinked: 'MBX=10GB;TYPE=EP2D;REG=NA;SharedMbx',
  shared: 'MBX=25GB;REG=NA;TYPE=SHARED',
  room: 'TYPE=RESOURCE;RESMBX=roomrba(CAP=15);MBX=10GB',
  equipment: 'TYPE=RESOURCE;RESMBX=EQUIPRBA;MBX=10GB',
  lyncRoom: 'RESMBX=LRSRoom;MBX=5GB',
};

const FREE = { count: 1000, percent: 100, few: 1000 };
const ERROR =
  "SELECT FROM object_error x WHERE x.forest_id = i.source_forest AND x.guid = i.source_guid AND x.code LIKE 'PE4%'";

/**
 * Transitions on real forests, all at once: an object for each row, brought to what it is, then the triggers, then what
 * comes after the first one. Nothing comes to the end of its retention time here.
 */
export class Transitions {
  readonly #rows: readonly Row[];
  readonly #product: Product;
  readonly #images: Map<string, AttributeImage>[] = [];
  readonly #codes: Map<string, readonly string[]>[] = [];

  private constructor(rows: readonly Row[], product: Product) {
    this.#rows = rows;
    this.#product = product;
  }

  /** Plays them, with another meaning of what triggers an end where one is given. */
  static async play(rows: readonly Row[], meanings: Partial<Meanings> = {}): Promise<Transitions> {
    const product = await openProduct({ change: (configuration) => settings(configuration, meanings) });
    const transitions = new Transitions(rows, product);
    await transitions.#play();
    return transitions;
  }

  dispose(): Promise<void> {
    return this.#product.dispose();
  }

  /** What a row's managed object held: 0 before, 1 after its trigger, 2 after what came next. */
  image(row: Row, moment: 0 | 1 | 2): AttributeImage {
    const image = this.#images[moment]?.get(this.#name(row));
    if (image === undefined) throw new Error(`${this.#name(row)} was not there`);
    return image;
  }

  codes(row: Row, moment: 0 | 1 | 2): readonly string[] {
    return this.#codes[moment]?.get(this.#name(row)) ?? [];
  }

  #name(row: Row): string {
    return `object ${String(this.#rows.indexOf(row))}`;
  }

  async #play(): Promise<void> {
    for (const row of this.#rows) await this.#add(row);
    await this.#product.cycle();
    for (const row of this.#rows.filter(({ circumstance }) => circumstance === 'litigation hold'))
      await this.#setHold(row, true);
    await this.#look();

    for (const row of this.#rows) await this.#pull(row);
    await this.#product.cycle('delta');
    // The grace time is over, and who waits has said so.
    await this.#until(`d.stage = 'grace' AND NOT EXISTS (${ERROR})`);
    await this.#look();

    for (const row of this.#rows) await this.#goOn(row);
    await this.#product.cycle('delta');
    await this.#until(`NOT d.told OR d.stage = 'grace' AND NOT EXISTS (${ERROR})`);
    await this.#settled();
    await this.#look();
  }

  async #until(open: string): Promise<void> {
    let last: unknown;
    for (let tries = 0; tries < 100; tries += 1) {
      const left = await this.#product.database.query(
        `SELECT i.cn, d.stage, d.told FROM deprovisioning d JOIN identity i ON i.id = d.identity_id WHERE i.source_forest = $1 AND (${open})`,
        [this.#product.forest],
      );
      if (left.length === 0) return;
      last = left;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`still so: ${open} ${JSON.stringify(last)}`);
  }

  /** What was given back has ended, and what was on hold has gone on. */
  async #settled(): Promise<void> {
    const next = this.#rows.flatMap((row) =>
      row.next === undefined ? [] : [{ cn: this.#name(row), what: row.next[0] }],
    );
    const names = (what: string): string =>
      next
        .filter((one) => one.what === what)
        .map(({ cn }) => `'${cn}'`)
        .join(', ') || 'NULL';
    await this.#until(
      `i.cn IN (${names('returned')}) AND d.stage <> 'ended' OR i.cn IN (${names('hold lifted')}) AND d.stage <> 'retention' OR i.cn IN (${names('returned in error')}) AND NOT EXISTS (${ERROR})`,
    );
  }

  async #add(row: Row): Promise<void> {
    const name = this.#name(row);
    const alias = this.#aliasOf(row);
    if (row.has === 'contact') await this.#product.source.add('contact', name, mailContact(alias));
    else if (row.has === 'group') await this.#product.source.add('group', name, mailGroup(alias));
    else {
      const value =
        row.has === 'mailUser'
          ? { targetAddress: [`SMTP:${alias}@elsewhere.example`] }
          : { extensionAttribute9: [VALUES[row.has]] };
      await this.#product.source.add('user', name, mailUser(alias, value));
    }
  }

  #aliasOf(row: Row): string {
    return `o${String(this.#rows.indexOf(row))}.${this.#product.name}`;
  }

  #set(row: Row, changes: AttributeImage): Promise<void> {
    return done(
      this.#product.source.writer.modify(
        { dn: this.#product.source.dn(this.#name(row)) },
        Object.entries(changes).map(([attribute, values]) => ({ operation: 'replace', attribute, values })),
      ),
    );
  }

  async #setHold(row: Row, hold: boolean): Promise<void> {
    const entry = (await this.#product.managedObjects([])).get(this.#name(row));
    const values = hold ? ['20260101000000.0Z'] : [];
    await done(
      this.#product.managed.modify({ guid: entry?.guid ?? '' }, [
        { operation: 'replace', attribute: 'msExchLitigationHoldDate', values },
      ]),
    );
  }

  /** Does to the source object what the row says. */
  async #pull(row: Row): Promise<void> {
    const { source } = this.#product;
    if (row.circumstance === 'in error') await this.#set(row, { mailNickname: ['not one name'] });
    switch (row.trigger) {
      case 'removalValue':
        return this.#set(row, { extensionAttribute9: ['RemoveMSOMbx'] });
      case 'mailCleared':
        return this.#set(row, { mail: [], ...(row.has === 'contact' ? { targetAddress: [] } : {}) });
      case 'outOfScope':
        return done(
          source.writer.rename({ dn: source.dn(this.#name(row)) }, this.#name(row), `OU=Excluded,${source.ou}`),
        );
      case 'filtered':
        return this.#set(row, { extensionAttribute7: ['external'] });
      case 'deleted':
        return done(source.writer.remove({ dn: source.dn(this.#name(row)) }));
      case 'kindChanged':
        return this.#set(row, { extensionAttribute9: [row.has === 'shared' ? VALUES.linked : VALUES.shared] });
    }
  }

  async #goOn(row: Row): Promise<void> {
    const [what] = row.next ?? [];
    if (what === 'hold lifted') await this.#setHold(row, false);
    if (what === 'returned in error') await this.#set(row, { mailNickname: ['not one name'] });
    if (what !== 'returned' && what !== 'returned in error') return;
    const { source } = this.#product;
    const name = this.#name(row);
    if (row.trigger === 'outOfScope')
      await done(source.writer.rename({ dn: `CN=${name},OU=Excluded,${source.ou}` }, name, source.ou));
    if (row.trigger === 'filtered') await this.#set(row, { extensionAttribute7: [] });
    if (row.trigger === 'mailCleared') {
      const { mail = [], targetAddress = [] } =
        row.has === 'contact' ? mailContact(this.#aliasOf(row)) : mailUser(this.#aliasOf(row));
      await this.#set(row, { mail, ...(targetAddress.length > 0 ? { targetAddress } : {}) });
    }
    if (row.trigger === 'removalValue' && row.has in VALUES)
      await this.#set(row, { extensionAttribute9: [VALUES[row.has as RecipientKind]] });
  }

  /** Keeps what there is to see now. */
  async #look(): Promise<void> {
    const entries = await this.#product.managedObjects(HOLDING_ATTRIBUTES);
    this.#images.push(new Map([...entries].map(([name, entry]) => [name, imageOf(entry)])));
    const found = await this.#product.database.query<{ cn: string; codes: string[] }>(
      'SELECT i.cn, array_agg(x.code) AS codes FROM object_error x JOIN identity i ON i.source_forest = x.forest_id AND i.source_guid = x.guid GROUP BY 1',
    );
    this.#codes.push(new Map(found.map((one) => [one.cn, one.codes])));
  }
}

function settings(configuration: Configuration, meanings: Partial<Meanings>): Configuration {
  return configurationSchema.parse({
    ...configuration,
    forests: configuration.forests.map((forest) => ({
      ...forest,
      scope: { ...forest.scope, filter: '(!(extensionAttribute7=external))' },
    })),
    guard: {
      ...configuration.guard,
      disconnected: { user: FREE, contact: FREE, group: FREE },
      changed: FREE,
      removedMembers: { user: FREE, contact: FREE, group: FREE },
    },
    deprovisioning: { ...meanings, grace: '1s', retention: '1h', lookAgainEvery: '2s' },
  });
}

function imageOf(entry: DirectoryEntry): AttributeImage {
  return Object.fromEntries(
    HOLDING_ATTRIBUTES.map((attribute): [string, readonly string[]] => {
      const values = entry.links[attribute]?.map((target) => target.dn) ?? entry.attributes[attribute] ?? [];
      return [attribute, [...values].sort()];
    }),
  );
}

/** The images of managed-forest.md, as what differs from what there was. */
export function expected(image: Image, before: AttributeImage): Record<string, unknown> {
  const none = (names: string): AttributeImage =>
    Object.fromEntries(names.split(/\s+/).map((name): [string, readonly string[]] => [name, []]));
  const hidden = { msExchHideFromAddressLists: ['TRUE'], showInAddressBook: [] };
  const hadMailbox = before['msExchMailboxGuid']?.length === 1;
  const off = hadMailbox
    ? {
        ...none(
          `homeMDB msExchMailboxGuid msExchHomeServerName msExchMasterAccountSid msExchUserAccountControl msExchWhenMailboxCreated
           mDBUseDefaults mDBStorageQuota mDBOverQuotaLimit mDBOverHardQuotaLimit
           msExchResourceMetaData msExchResourceSearchProperties msExchResourceDisplay msExchResourceCapacity`,
        ),
        msExchRecipientTypeDetails: ['128'],
        msExchRecipientDisplayType: ['6'],
        msExchPreviousHomeMDB: before['homeMDB'],
        msExchPreviousMailboxGuid: before['msExchMailboxGuid'],
        msExchPreviousRecipientTypeDetails: before['msExchRecipientTypeDetails'],
      }
    : {};
  const disabled = none(
    'mail mailNickname legacyExchangeDN proxyAddresses targetAddress msExchRecipientTypeDetails msExchRecipientDisplayType showInAddressBook',
  );
  switch (image) {
    case 'as before':
      return before;
    case 'mail user':
      return { ...before, ...off };
    case 'mail-disabled':
      return { ...before, ...off, ...disabled };
    case 'hidden':
      return { ...before, ...hidden };
    case 'mailbox off and hidden':
      return { ...before, ...off, ...hidden };
    case 'inactive':
      return {
        ...before,
        ...hidden,
        msExchRecipientSoftDeletedStatus: ['8'],
        msExchWhenSoftDeletedTime: [expect.stringMatching(/^\d{14}\.0Z$/)],
      };
  }
}
