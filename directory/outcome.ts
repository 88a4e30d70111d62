/** Why a server refused a write to one object. */
export type WriteRefusal =
  /** 68, 20: an object of that name, or that value, is there already. */
  | 'exists'
  /** 32: the object, its container or a link's target is not there. */
  | 'absent'
  /** 50: the account has no right to do this. */
  | 'refused'
  /** 19: a constraint of the schema or of the directory, a value that must be unique for instance. */
  | 'constraint'
  /** 65, 69: an attribute is missing or not allowed for the object class. */
  | 'objectClass'
  /** 34, 64, 67: the name cannot be used. */
  | 'badName'
  /** 21: a value does not fit the attribute's syntax. */
  | 'badValue'
  /** 16, 17: no such attribute in the schema, or no such value on the object. */
  | 'noSuchAttribute'
  /** 66: a container with objects in it. */
  | 'notEmpty'
  /** 53: the server will not, for a reason that its message gives. */
  | 'unwilling'
  | 'other';

/** What became of a write to one object. Trouble with the connection or the whole server is thrown instead. */
export type WriteOutcome = { readonly ok: true } | RefusedWrite;

export interface RefusedWrite {
  readonly ok: false;
  /** LDAP result code (RFC 4511 appendix A). */
  readonly code: number;
  readonly reason: WriteRefusal;
  /** The server's own text, cut to 300 characters. It may name attributes and DNs of the object. */
  readonly message: string;
}

/** One change of an attribute. Values are images (see `AttributeImage`); `replace` with none clears the attribute. */
export interface AttributeChange {
  readonly operation: 'add' | 'delete' | 'replace';
  readonly attribute: string;
  readonly values: readonly string[];
}

/** An object of the directory: by GUID it is found wherever it was moved. */
export type Target = { readonly guid: string } | { readonly dn: string };

/** Changes of one linked attribute. Values are DNs, `<GUID=...>` or `<SID=...>`. */
export interface LinkChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** The values that could not be changed; all others are as wanted. */
export interface LinkChangeOutcome {
  readonly failures: readonly LinkFailure[];
}

export interface LinkFailure {
  readonly operation: 'add' | 'remove';
  readonly value: string;
  readonly outcome: RefusedWrite;
}
