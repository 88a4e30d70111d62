import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errorCode, errorText } from './error-code.ts';
import { Mistake } from './mistake.ts';

/** Asks for something that is not shown; null where there is nobody to be asked. */
export type AskSecret = (question: string) => Promise<string | null>;

/**
 * Reads the private key that an operator signs with.
 *
 * @throws Mistake where there is none, others can read it, it is no Ed25519 key, or its passphrase is not right
 */
export async function readOperatorKey(named: string, ask: AskSecret): Promise<KeyObject> {
  const file = resolve(named);
  let pem: string;
  try {
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0)
      throw new Mistake(`${file} can be read by others, who could sign in your name: chmod 600 ${file}`);
    pem = await readFile(file, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    if (code === 'ENOENT') throw new Mistake(`There is no key file ${file}: itasca operators new-key makes one.`);
    throw new Mistake(`${file} can not be read: ${errorText(error)}`);
  }
  const key = await parsed(file, pem, ask);
  if (key.asymmetricKeyType !== 'ed25519')
    throw new Mistake(
      `${file} holds a key of another kind (${String(key.asymmetricKeyType)}): answers are signed by Ed25519.`,
    );
  return key;
}

async function parsed(file: string, pem: string, ask: AskSecret): Promise<KeyObject> {
  const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
  if (!isEncrypted && !/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(pem))
    throw new Mistake(`${file} holds no private key in PEM.`);
  const passphrase = isEncrypted ? await ask(`Passphrase of ${file}: `) : '';
  if (passphrase === null)
    throw new Mistake(`${file} is encrypted; its passphrase is asked on a terminal, and there is none.`);
  try {
    return createPrivateKey({ key: pem, ...(isEncrypted ? { passphrase } : {}) });
  } catch {
    // What OpenSSL says of it may hold parts of the key.
    throw new Mistake(
      isEncrypted ? `That is not the passphrase of ${file}.` : `${file} holds no private key that can be read.`,
    );
  }
}

/**
 * Makes a pair of keys, and keeps the private one in a new file that only its owner can read.
 *
 * @param passphrase encrypts it; null leaves it plain
 * @returns the public key, base64 of DER SubjectPublicKeyInfo
 * @throws Mistake where the file is there already, or can not be written
 */
export async function writeNewKey(named: string, passphrase: string | null): Promise<string> {
  const file = resolve(named);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({
    format: 'pem',
    type: 'pkcs8',
    ...(passphrase === null ? {} : { cipher: 'aes-256-cbc', passphrase }),
  });
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(pem);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') throw new Mistake(`${file} is there already, and is never overwritten.`);
    throw code === undefined ? error : new Mistake(`${file} can not be written: ${errorText(error)}`);
  }
  return lineOf(publicKey);
}

/** The public key of a private one, base64 of DER SubjectPublicKeyInfo. */
export function publicKeyOf(privateKey: KeyObject): string {
  return lineOf(createPublicKey(privateKey));
}

function lineOf(publicKey: KeyObject): string {
  return publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
}

/** The signature of a text, base64. */
export function signatureOf(key: KeyObject, text: string): string {
  return sign(null, Buffer.from(text, 'utf8'), key).toString('base64');
}
