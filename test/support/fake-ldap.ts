/**
 * A FAKE LDAP server. It stands in for Active Directory only where Samba cannot show what Active Directory does: long
 * attributes cut without asking, DirSync answers in several parts, busy controllers, connections that break off.
 * Everything else is tested on a real server.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

import { Ber, BerReader, BerWriter, type Filter, FilterParser, ProtocolOperation } from 'ldapts';

export interface FakeSearch {
  readonly base: string;
  readonly scope: number;
  readonly filter: Filter;
  readonly attributes: readonly string[];
  /** Values of the request's controls by OID; empty for a control without a value. */
  readonly controls: ReadonlyMap<string, Buffer>;
}

export interface FakeWrite {
  readonly operation: 'add' | 'modify' | 'rename' | 'delete';
  readonly dn: string;
  /** What a modify asks for. */
  readonly changes: readonly { readonly operation: number; readonly attribute: string; readonly values: string[] }[];
}

export interface FakeEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly (string | Buffer)[]>>;
}

export interface FakeAnswer {
  readonly entries?: readonly FakeEntry[];
  /** URLs of continuation references, sent before the entries. */
  readonly references?: readonly string[];
  /** Result code, success by default; `drop` breaks the connection off instead, `silence` never answers. */
  readonly code?: number | 'drop' | 'silence';
  readonly message?: string;
  readonly controls?: readonly { readonly oid: string; readonly value: Buffer }[];
}

export interface FakeBehaviour {
  search?(request: FakeSearch): FakeAnswer;
  write?(request: FakeWrite): FakeAnswer;
  bind?(account: string): FakeAnswer;
  /** Sends bytes on in pieces of this size. */
  readonly pieces?: number;
  /** Milliseconds between two pieces. */
  readonly pauseMs?: number;
  readonly dsServiceName?: () => string;
}

export interface FakeLdap {
  readonly url: string;
  /** Connections that were accepted. */
  connections(): number;
  /** Bytes that were sent, or are on their way in the operating system, on the connections that are open. */
  sent(): number;
  close(): Promise<void>;
}

const PAGED = '1.2.840.113556.1.4.319';

/** Listens on a free port of 127.0.0.1. */
export async function startFakeLdap(behaviour: FakeBehaviour): Promise<FakeLdap> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, behaviour);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `ldap://127.0.0.1:${portOf(server)}`,
    connections: () => accepted,
    sent: () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

/** The value of the paged results control, as request (cookie of the next page) or answer. */
export function pagedControl(cookie: string): { oid: string; value: Buffer } {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(0);
  writer.writeString(cookie);
  writer.endSequence();
  return { oid: PAGED, value: Buffer.from(writer.buffer) };
}

/** The cookie that a request for a page carries; empty for the first. */
export function pageOf(request: FakeSearch): string {
  const reader = new BerReader(request.controls.get(PAGED) ?? Buffer.alloc(0));
  reader.readSequence();
  reader.readInt();
  return reader.readString() ?? '';
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP');
  return address.port;
}

function serve(socket: Socket, behaviour: FakeBehaviour): void {
  let received = Buffer.alloc(0);
  socket.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data]);
    for (;;) {
      const reader = new BerReader(received);
      if (reader.readSequence() === null || reader.remain < reader.length) return;
      const end = reader.offset + reader.length;
      answer(socket, behaviour, received.subarray(0, end));
      received = received.subarray(end);
    }
  });
}

function answer(socket: Socket, behaviour: FakeBehaviour, message: Buffer): void {
  const reader = new BerReader(message);
  reader.readSequence();
  const id = reader.readInt() ?? 0;
  const operation = reader.readSequence();
  const end = reader.offset + reader.length;
  switch (operation) {
    case ProtocolOperation.LDAP_REQ_BIND: {
      reader.readInt();
      const reply = behaviour.bind?.(reader.readString() ?? '') ?? {};
      respond(socket, behaviour, id, ProtocolOperation.LDAP_RES_BIND, reply);
      return;
    }
    case ProtocolOperation.LDAP_REQ_SEARCH: {
      const request = readSearch(reader, end);
      const reply = request.base === '' ? rootDse(behaviour) : (behaviour.search?.(request) ?? {});
      respond(socket, behaviour, id, ProtocolOperation.LDAP_RES_SEARCH, reply);
      return;
    }
    case ProtocolOperation.LDAP_REQ_MODIFY:
      respond(socket, behaviour, id, ProtocolOperation.LDAP_RES_MODIFY, behaviour.write?.(readModify(reader)) ?? {});
      return;
    case ProtocolOperation.LDAP_REQ_ADD: {
      const request = { operation: 'add', dn: reader.readString() ?? '', changes: [] } as const;
      respond(socket, behaviour, id, ProtocolOperation.LDAP_RES_ADD, behaviour.write?.(request) ?? {});
      return;
    }
    case ProtocolOperation.LDAP_REQ_DELETE: {
      const dn = message.subarray(reader.offset, end).toString();
      const reply = behaviour.write?.({ operation: 'delete', dn, changes: [] }) ?? {};
      respond(socket, behaviour, id, ProtocolOperation.LDAP_RES_DELETE, reply);
      return;
    }
    case null:
    default:
      socket.destroy();
  }
}

function rootDse(behaviour: FakeBehaviour): FakeAnswer {
  const name = behaviour.dsServiceName?.() ?? 'CN=NTDS Settings,CN=FAKE,DC=fake,DC=test';
  return { entries: [{ dn: '', attributes: { dsServiceName: [name] } }] };
}

function readSearch(reader: BerReader, end: number): FakeSearch {
  const base = reader.readString() ?? '';
  const scope = reader.readEnumeration() ?? 0;
  reader.readEnumeration();
  reader.readInt();
  reader.readInt();
  reader.readBoolean();
  const filter = FilterParser.parse(reader);
  const attributes: string[] = [];
  reader.readSequence();
  while (reader.offset < end) attributes.push(reader.readString() ?? '');
  const controls = new Map<string, Buffer>();
  if (reader.peek() === ProtocolOperation.LDAP_CONTROLS) {
    reader.readSequence();
    while (reader.remain > 0) {
      reader.readSequence();
      const controlEnd = reader.offset + reader.length;
      const oid = reader.readString() ?? '';
      if (reader.peek() === Ber.Boolean) reader.readBoolean();
      const hasValue = reader.offset < controlEnd;
      controls.set(oid, Buffer.from((hasValue ? reader.readString(Ber.OctetString, true) : null) ?? Buffer.alloc(0)));
    }
  }
  return { base, scope, filter, attributes, controls };
}

function readModify(reader: BerReader): FakeWrite {
  const dn = reader.readString() ?? '';
  const changes: FakeWrite['changes'][number][] = [];
  reader.readSequence();
  const end = reader.offset + reader.length;
  while (reader.offset < end) {
    reader.readSequence();
    const operation = reader.readEnumeration() ?? 0;
    reader.readSequence();
    const attribute = reader.readString() ?? '';
    reader.readSequence(ProtocolOperation.LBER_SET);
    const valuesEnd = reader.offset + reader.length;
    const values: string[] = [];
    while (reader.offset < valuesEnd) values.push(reader.readString() ?? '');
    changes.push({ operation, attribute, values });
  }
  return { operation: 'modify', dn, changes };
}

function respond(socket: Socket, behaviour: FakeBehaviour, id: number, operation: number, reply: FakeAnswer): void {
  const references = (reply.references ?? []).map((url) => referenceMessage(id, url));
  const messages = [...references, ...(reply.entries ?? []).map((entry) => entryMessage(id, entry))];
  if (reply.code === 'drop' || reply.code === 'silence') {
    const { code } = reply;
    send(socket, behaviour, messages, () => (code === 'drop' ? socket.end() : undefined));
    return;
  }
  const { code = 0, message = '', controls = [] } = reply;
  const done = wrap(id, (writer) => {
    writer.startSequence(operation);
    writer.writeEnumeration(code);
    writer.writeString('');
    writer.writeString(message);
    writer.endSequence();
    if (controls.length === 0) return;
    writer.startSequence(ProtocolOperation.LDAP_CONTROLS);
    for (const { oid, value } of controls) {
      writer.startSequence();
      writer.writeString(oid);
      writer.writeBuffer(value, Ber.OctetString);
      writer.endSequence();
    }
    writer.endSequence();
  });
  send(socket, behaviour, [...messages, done], () => undefined);
}

function referenceMessage(id: number, url: string): Buffer {
  return wrap(id, (writer) => {
    writer.startSequence(ProtocolOperation.LDAP_RES_SEARCH_REF);
    writer.writeString(url);
    writer.endSequence();
  });
}

function entryMessage(id: number, entry: FakeEntry): Buffer {
  return wrap(id, (writer) => {
    writer.startSequence(ProtocolOperation.LDAP_RES_SEARCH_ENTRY);
    writer.writeString(entry.dn);
    writer.startSequence();
    for (const [name, values] of Object.entries(entry.attributes)) {
      writer.startSequence();
      writer.writeString(name);
      writer.startSequence(ProtocolOperation.LBER_SET);
      for (const value of values) writer.writeBuffer(Buffer.from(value), Ber.OctetString);
      writer.endSequence();
      writer.endSequence();
    }
    writer.endSequence();
    writer.endSequence();
  });
}

function wrap(id: number, content: (writer: BerWriter) => void): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  content(writer);
  writer.endSequence();
  return Buffer.from(writer.buffer);
}

function send(socket: Socket, { pieces, pauseMs }: FakeBehaviour, messages: readonly Buffer[], then: () => void): void {
  const bytes = Buffer.concat(messages);
  if (pieces === undefined) {
    socket.write(bytes, then);
    return;
  }
  socket.setNoDelay(true);
  const later = (work: () => void): void => {
    if (pauseMs === undefined) setImmediate(work);
    else setTimeout(work, pauseMs);
  };
  const next = (at: number): void => {
    if (at >= bytes.length) then();
    else socket.write(bytes.subarray(at, at + pieces), () => later(() => next(at + pieces)));
  };
  next(0);
}
