import {
  AddRequest,
  Attribute,
  Change,
  type Control,
  DeleteRequest,
  type Message,
  ModifyDNRequest,
  ModifyRequest,
  ResultCodeError,
} from 'ldapts';

import { attribute, type AttributeImage } from '../rules/attributes.ts';
import { formatRdn, parentOf, parseDn } from '../rules/dn.ts';
import { DirectoryConnection } from './connection.ts';
import { PermissiveModifyControl, ShowDeletedControl } from './controls.ts';
import type { DirectoryEndpoint } from './endpoint.ts';
import { concernsServer, RESULT, serverText } from './errors.ts';
import { changeLinks } from './links.ts';
import type {
  AttributeChange,
  LinkChange,
  LinkChangeOutcome,
  RefusedWrite,
  Target,
  WriteOutcome,
  WriteRefusal,
} from './outcome.ts';
import { baseOf, DirectoryReader } from './reader.ts';
import { encodeValue } from './values.ts';

/**
 * Writes to the managed forest. Every method is one object's change, and answers with what became of it; only trouble
 * with the connection or the whole server is thrown, as `DirectoryUnavailable` (then it is not known whether the change
 * was made) or `DirectoryRefused`. Any number of calls may be under way at once on the one connection.
 *
 * Values are images (see `AttributeImage`). A value that does not fit its attribute's syntax is refused without asking
 * the server: reason `badValue`, code 21. So is an attribute that is not in the catalogue: `noSuchAttribute`, 17.
 */
export class DirectoryWriter {
  /** Reads from the same controller, over the same connection. */
  readonly reader: DirectoryReader;
  readonly #connection: DirectoryConnection;

  constructor(connection: DirectoryConnection) {
    this.#connection = connection;
    this.reader = new DirectoryReader(connection);
  }

  /** URL of the domain controller that is written to; the preferred one before the first request. */
  get controller(): string {
    return this.#connection.controller;
  }

  /** Adds an object. The attributes must name its objectClass; DN values may be `<GUID=...>`. */
  add(dn: string, attributes: AttributeImage): Promise<WriteOutcome> {
    const encoded: Attribute[] = [];
    for (const [name, values] of Object.entries(attributes)) {
      const part = encode(name, values);
      if (!(part instanceof Attribute)) return Promise.resolve(part);
      if (values.length > 0) encoded.push(part);
    }
    return this.#write(`adding ${dn}`, (messageId) => new AddRequest({ messageId, dn, attributes: encoded }));
  }

  /**
   * Changes attributes of an object, all or none of them. Adding a value that is there and deleting one that is not
   * are no errors, save for linked attributes in Samba: use {@link changeLinks} for those.
   */
  modify(target: Target, changes: readonly AttributeChange[]): Promise<WriteOutcome> {
    const encoded: Change[] = [];
    for (const { operation, attribute: name, values } of changes) {
      const modification = encode(name, values);
      if (!(modification instanceof Attribute)) return Promise.resolve(modification);
      encoded.push(new Change({ operation, modification }));
    }
    return this.#modify(baseOf(target), encoded, [new PermissiveModifyControl()]);
  }

  /** Gives an object another name, without escapes, and moves it when a new parent is named. */
  async rename(target: Target, newRdnValue: string, newParentDn?: string): Promise<WriteOutcome> {
    const dn = 'dn' in target ? target.dn : (await this.reader.read(target, []))?.dn;
    if (dn === undefined) return refused(RESULT.noSuchObject, 'there is no such object');
    const current = parseDn(dn)?.[0]?.[0];
    if (current === undefined || newRdnValue === '' || !newRdnValue.isWellFormed()) {
      return refused(RESULT.invalidDnSyntax, `not sent: ${dn} cannot be given the name "${newRdnValue}"`);
    }
    if (newParentDn !== undefined && parseDn(newParentDn) === undefined) {
      return refused(RESULT.invalidDnSyntax, `not sent: ${newParentDn} is not a DN`);
    }
    const newRdn = formatRdn([{ attribute: current.attribute, value: newRdnValue }]);
    // Always named: without it, Samba does not find the parent of an object that is given by GUID.
    const newSuperior = newParentDn ?? parentOf(dn) ?? '';
    return this.#write(
      `renaming ${dn}`,
      (messageId) => new ModifyDNRequest({ messageId, dn: baseOf(target), newRdn, newSuperior, deleteOldRdn: true }),
    );
  }

  /** Deletes an object; a container must be empty. */
  remove(target: Target): Promise<WriteOutcome> {
    const dn = baseOf(target);
    return this.#write(`deleting ${dn}`, (messageId) => new DeleteRequest({ messageId, dn }));
  }

  /**
   * Brings a deleted object back under a DN (MS-ADTS 3.1.1.5.3.7). It keeps objectGUID and objectSid; without the
   * recycle bin most attributes are lost. The tombstone is named by its DN: Samba does not find it by GUID.
   *
   * @param more attributes that it gets in the same change, such as another sAMAccountName where its own is taken by now
   */
  reanimate(tombstoneDn: string, newDn: string, more: AttributeImage = {}): Promise<WriteOutcome> {
    const others: Change[] = [];
    for (const [name, values] of Object.entries(more)) {
      const modification = encode(name, values);
      if (!(modification instanceof Attribute)) return Promise.resolve(modification);
      others.push(new Change({ operation: 'replace', modification }));
    }
    const changes = [
      new Change({ operation: 'delete', modification: new Attribute({ type: 'isDeleted' }) }),
      new Change({
        operation: 'replace',
        modification: new Attribute({ type: 'distinguishedName', values: [newDn] }),
      }),
      ...others,
    ];
    return this.#modify(tombstoneDn, changes, [new ShowDeletedControl()]);
  }

  /**
   * Adds and removes values of a linked attribute, up to 1,000 a request. A value that is there already, or is gone
   * already, counts as done once the directory has shown that it is so. Where a request is refused for a value's sake,
   * the values at fault are found by halving it; all others are still changed.
   */
  changeLinks(target: Target, name: string, change: LinkChange): Promise<LinkChangeOutcome> {
    const holder = {
      connection: this.#connection,
      reader: this.reader,
      target,
      modify: (changes: readonly AttributeChange[]) => this.modify(target, changes),
    };
    return changeLinks(holder, name, change);
  }

  /** Closes the connection; requests in flight fail. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  #modify(dn: string, changes: Change[], controls: Control[]): Promise<WriteOutcome> {
    return this.#write(`modifying ${dn}`, (messageId) => new ModifyRequest({ messageId, dn, changes, controls }));
  }

  #write(doing: string, build: (messageId: number) => Message): Promise<WriteOutcome> {
    return this.#connection.use(doing, async (session) => {
      try {
        await session.send(build);
        return { ok: true };
      } catch (error) {
        if (!(error instanceof ResultCodeError) || concernsServer(error)) throw error;
        return refused(error.code, serverText(error));
      }
    });
  }
}

/** A writer with a connection of its own, which opens at the first request. */
export function openWriter(endpoint: DirectoryEndpoint): DirectoryWriter {
  return new DirectoryWriter(new DirectoryConnection(endpoint));
}

function encode(name: string, values: readonly string[]): Attribute | RefusedWrite {
  const definition = attribute(name);
  if (definition === undefined) {
    return refused(
      RESULT.undefinedAttributeType,
      `not sent: the attribute "${name}" is not in the catalogue of attributes`,
    );
  }
  const bytes: Buffer[] = [];
  for (const image of values) {
    const value = encodeValue(definition, image);
    if (value === undefined)
      return refused(
        RESULT.invalidAttributeSyntax,
        `not sent: a value of ${definition.name} is no ${definition.syntax}`,
      );
    bytes.push(typeof value === 'string' ? Buffer.from(value) : value);
  }
  return new Attribute({ type: definition.name, values: bytes });
}

const REASONS: ReadonlyMap<number, WriteRefusal> = new Map([
  [RESULT.noSuchAttribute, 'noSuchAttribute'],
  [RESULT.undefinedAttributeType, 'noSuchAttribute'],
  [RESULT.constraintViolation, 'constraint'],
  [RESULT.attributeOrValueExists, 'exists'],
  [RESULT.invalidAttributeSyntax, 'badValue'],
  [RESULT.noSuchObject, 'absent'],
  [RESULT.invalidDnSyntax, 'badName'],
  [RESULT.insufficientAccessRights, 'refused'],
  [RESULT.unwillingToPerform, 'unwilling'],
  [RESULT.namingViolation, 'badName'],
  [RESULT.objectClassViolation, 'objectClass'],
  [RESULT.notAllowedOnNonLeaf, 'notEmpty'],
  [RESULT.notAllowedOnRdn, 'badName'],
  [RESULT.entryAlreadyExists, 'exists'],
  [RESULT.objectClassModsProhibited, 'objectClass'],
]);

function refused(code: number, message: string): RefusedWrite {
  return { ok: false, code, reason: REASONS.get(code) ?? 'other', message };
}
