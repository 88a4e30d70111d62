import { Ber, type BerReader, BerWriter, Control } from 'ldapts';

/**
 * LDAP_SERVER_EXTENDED_DN_OID (MS-ADTS 3.1.1.3.4.1.5), string form: each DN comes as `<GUID=...>;<SID=...>;<dn>`, so
 * that an object and a link's target are known by objectGUID however often they are renamed.
 */
export class ExtendedDnControl extends Control {
  constructor() {
    super('1.2.840.113556.1.4.529', { critical: true });
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(1);
    value.endSequence();
    writer.writeBuffer(value.buffer, Ber.OctetString);
  }
}

/** LDAP_SERVER_SHOW_RECYCLED_OID (MS-ADTS 3.1.1.3.4.1.26): tombstones, deleted and recycled objects are visible. */
export class ShowRecycledControl extends Control {
  constructor() {
    super('1.2.840.113556.1.4.2064', { critical: true });
  }
}

/** LDAP_SERVER_SHOW_DELETED_OID (MS-ADTS 3.1.1.3.4.1.14), which reanimation needs. */
export class ShowDeletedControl extends Control {
  constructor() {
    super('1.2.840.113556.1.4.417', { critical: true });
  }
}

/**
 * LDAP_SERVER_PERMISSIVE_MODIFY_OID (MS-ADTS 3.1.1.3.4.1.8): adding a value that is there, or removing one that is not,
 * is no error. Samba does not heed it for linked attributes, so it is not critical.
 */
export class PermissiveModifyControl extends Control {
  constructor() {
    super('1.2.840.113556.1.4.1413', { critical: false });
  }
}

/**
 * LDAP_SERVER_SD_FLAGS_OID (MS-ADTS 3.1.1.3.4.1.11): a security descriptor with its DACL alone. The whole one is shown only to
 * who may read the SACL.
 */
export class OnlyDaclControl extends Control {
  constructor() {
    super('1.2.840.113556.1.4.801', { critical: true });
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(4);
    value.endSequence();
    writer.writeBuffer(value.buffer, Ber.OctetString);
  }
}

/** Flags of the DirSync control (MS-ADTS 3.1.1.3.4.1.3). */
export const DIRSYNC = {
  objectSecurity: 0x1,
  ancestorsFirstOrder: 0x800,
  incrementalValues: 0x80000000,
} as const;

/** Bytes that a server may put into one DirSync answer. Active Directory heeds it; Samba answers whole. */
const DIRSYNC_MAX_BYTES = 1024 * 1024;

/** LDAP_SERVER_DIRSYNC_OID. After the request has been answered it holds the new cookie. */
export class DirSyncControl extends Control {
  cookie: Buffer;
  /** The server has more to tell for the new cookie. */
  more = false;
  readonly #flags: number;

  constructor(cookie: Buffer, flags: number) {
    super('1.2.840.113556.1.4.841', { critical: true });
    this.cookie = cookie;
    this.#flags = flags | 0;
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(this.#flags);
    value.writeInt(DIRSYNC_MAX_BYTES);
    value.writeBuffer(this.cookie, Ber.OctetString);
    value.endSequence();
    writer.writeBuffer(value.buffer, Ber.OctetString);
  }

  protected override parseControl(reader: BerReader): void {
    reader.readSequence();
    this.more = (reader.readInt() ?? 0) !== 0;
    reader.readInt();
    this.cookie = Buffer.from(reader.readString(Ber.OctetString, true) ?? Buffer.alloc(0));
  }
}
