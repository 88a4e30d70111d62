import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'ldapts';
import { OnlyDaclControl } from '../../directory/controls.ts';
import { guidBytes, guidText } from '../../directory/values.ts';
import type { ForestCoordinates } from '../../scripts/stack/forest.ts';
import { bindAs, change, quoted } from './stack-ldap.ts';

/** Directory rights of an access mask (MS-ADTS 5.1.3.2). */
export const RIGHT = { listChildren: 0x4, readProperty: 0x10, listObject: 0x80, controlAccess: 0x100 } as const;

/** The extended right DS-Replication-Get-Changes (MS-ADTS 5.1.3.2.1). */
export const REPLICATING_DIRECTORY_CHANGES = '1131f6aa-9c07-11d1-f79f-00c04fc2dcd2';

/** An entry of an object's access control list. */
export interface AccessRule {
  readonly effect: 'allow' | 'deny';
  readonly rights: number;
  /** schemaIDGUID of the one attribute, or the GUID of the extended right, that it is about. */
  readonly about?: string;
  /** Holds for what is below, too. */
  readonly inherited?: boolean;
}

/** An account of a test in one of the forests, with what any authenticated user may do. */
export interface PlainAccount {
  readonly account: string;
  readonly passwordFile: string;
  /** Puts an entry for the account in front of the access control list of an object. */
  grant(dn: string, rule: AccessRule): Promise<void>;
  /** Takes all entries of the account off the access control list of an object. */
  revoke(dn: string): Promise<void>;
  dispose(): Promise<void>;
}

export async function plainAccount(forest: ForestCoordinates): Promise<PlainAccount> {
  const administrator = await bindAs(forest, 'administrator');
  const name = `plain-${randomBytes(4).toString('hex')}`;
  const password = `Aa1-${randomBytes(18).toString('base64url')}`;
  const dn = `CN=${name},CN=Users,${forest.namingContext}`;
  const account = `${name}@${forest.realm.toLowerCase()}`;
  const named = { objectClass: 'user', sAMAccountName: name, userPrincipalName: account, userAccountControl: '66048' };
  await administrator.add(dn, named);
  await administrator.modify(dn, change('replace', 'unicodePwd', [quoted(password)]));
  const [sid] = [
    (await administrator.search(dn, { scope: 'base', explicitBufferAttributes: ['objectSid'] })).searchEntries[0]?.[
      'objectSid'
    ],
  ].flat();
  const trustee = Buffer.isBuffer(sid) ? sid : Buffer.alloc(0);
  const folder = await mkdtemp(join(tmpdir(), 'itasca-account-'));
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  return {
    account,
    passwordFile,
    grant: (object, rule) => editAcl(administrator, object, (aces) => [entry(rule, trustee), ...aces]),
    revoke: (object) =>
      editAcl(administrator, object, (aces) => aces.filter((ace) => !ace.subarray(-trustee.length).equals(trustee))),
    dispose: async () => {
      await administrator.del(dn);
      await administrator.unbind();
      await rm(folder, { recursive: true });
    },
  };
}

/** schemaIDGUID of an attribute, by which an access control entry names it. */
export async function schemaGuid(forest: ForestCoordinates, attribute: string): Promise<string> {
  const administrator = await bindAs(forest, 'administrator');
  const base = `CN=Schema,CN=Configuration,${forest.namingContext}`;
  const { searchEntries } = await administrator.search(base, {
    scope: 'one',
    filter: `(lDAPDisplayName=${attribute})`,
    attributes: ['schemaIDGUID'],
    explicitBufferAttributes: ['schemaIDGUID'],
  });
  await administrator.unbind();
  const value = searchEntries[0]?.['schemaIDGUID'];
  const guid = Buffer.isBuffer(value) ? guidText(value) : undefined;
  if (guid === undefined) throw new Error(`the schema has no ${attribute}`);
  return guid;
}

async function editAcl(
  client: Client,
  dn: string,
  edit: (aces: readonly Buffer[]) => readonly Buffer[],
): Promise<void> {
  const name = 'nTSecurityDescriptor';
  const { searchEntries } = await client.search(
    dn,
    { scope: 'base', attributes: [name], explicitBufferAttributes: [name] },
    new OnlyDaclControl(),
  );
  const descriptor = searchEntries[0]?.[name];
  if (!Buffer.isBuffer(descriptor)) throw new Error(`${dn} shows no access control list`);
  await client.modify(dn, change('replace', name, [edited(descriptor, edit)]), new OnlyDaclControl());
}

/** A self-relative security descriptor that holds only a DACL (MS-DTYP 2.4.6), with other entries in it. */
function edited(descriptor: Buffer, edit: (aces: readonly Buffer[]) => readonly Buffer[]): Buffer {
  const start = descriptor.readUInt32LE(16);
  const aces: Buffer[] = [];
  let at = start + 8;
  for (let left = descriptor.readUInt16LE(start + 4); left > 0; left -= 1) {
    const size = descriptor.readUInt16LE(at + 2);
    aces.push(descriptor.subarray(at, at + size));
    at += size;
  }
  const after = edit(aces);
  const list = Buffer.concat([descriptor.subarray(start, start + 8), ...after]);
  list.writeUInt8(4, 0);
  list.writeUInt16LE(list.length, 2);
  list.writeUInt16LE(after.length, 4);
  return Buffer.concat([descriptor.subarray(0, start), list]);
}

/** An access control entry (MS-DTYP 2.4.4.2 to 2.4.4.5). */
function entry(rule: AccessRule, sid: Buffer): Buffer {
  const object =
    rule.about === undefined
      ? Buffer.alloc(0)
      : Buffer.concat([Buffer.from([1, 0, 0, 0]), guidBytes(rule.about) ?? Buffer.alloc(0)]);
  const type = (rule.effect === 'allow' ? 0 : 1) + (rule.about === undefined ? 0 : 5);
  const head = Buffer.alloc(8);
  head.writeUInt8(type, 0);
  head.writeUInt8(rule.inherited === true ? 2 : 0, 1);
  head.writeUInt16LE(8 + object.length + sid.length, 2);
  head.writeUInt32LE(rule.rights, 4);
  return Buffer.concat([head, object, sid]);
}
