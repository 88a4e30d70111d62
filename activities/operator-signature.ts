import { createHash, createPublicKey, verify } from 'node:crypto';
import { states } from '../rules/operator-statement.ts';
import type { KeptSignature, OperatorAnswer } from '../store/operator-answers.ts';

/** Bytes of an Ed25519 signature. */
const SIGNATURE_BYTES = 64;

/** Whether a signature is by the key that is kept with it, and of the statement that is kept with it. */
export function isVerified({ statement, publicKey, signature }: Omit<KeptSignature, 'operator'>): boolean {
  const bytes = Buffer.from(signature, 'base64');
  // Of several texts of one signature only the usual one counts: else one could be sent again under another text.
  if (bytes.length !== SIGNATURE_BYTES || bytes.toString('base64') !== signature) return false;
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  return verify(null, Buffer.from(statement, 'utf8'), key, bytes);
}

/** Whether an answer on record is signed by the key that is kept with it, as it is there. */
export function isProven({ signed, action, subject }: Pick<OperatorAnswer, 'signed' | 'action' | 'subject'>): boolean {
  return signed !== null && isVerified(signed) && states(signed.statement, { ...signed, action, subject });
}

/** Names a public key in few characters: the SHA-256 of its DER SubjectPublicKeyInfo, in base64. */
export function fingerprint(publicKey: string): string {
  return `SHA256:${createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('base64').replaceAll('=', '')}`;
}
