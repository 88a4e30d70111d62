import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SignedAnswer } from '../../activities/answer-types.ts';
import { statementText, type Statement } from '../../rules/operator-statement.ts';

/** An operator with a key of their own. */
export interface Signer {
  readonly name: string;
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

export function signer(name: string): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { name, privateKey, publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64') };
}

/** The answer of a signer; `change` alters what is sent after it was signed. */
export function signedAnswer(
  { name, privateKey }: Signer,
  what: Omit<Statement, 'operator' | 'at'>,
  at = new Date().toISOString(),
): SignedAnswer {
  const statement = statementText({ ...what, operator: name, at });
  return { operator: name, at, signature: sign(null, Buffer.from(statement), privateKey).toString('base64') };
}

/** The setting that lists these operators. */
export function listed(...signers: readonly Signer[]): readonly { name: string; publicKey: string }[] {
  return signers.map(({ name, publicKey }) => ({ name, publicKey }));
}

/** Writes the private key of a signer to a file that only its owner can read. @returns the file */
export async function keyFile(folder: string, { name, privateKey }: Signer): Promise<string> {
  const file = join(folder, `${name}.pem`);
  await writeFile(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  await chmod(file, 0o600);
  return file;
}
