/** What a public Ed25519 key begins with as DER SubjectPublicKeyInfo (RFC 8410, section 4); its 32 bytes follow. */
const ED25519_SPKI = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const KEY_BYTES = 32;
const PEM = /^-----BEGIN PUBLIC KEY-----\s([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----$/;

/**
 * A public Ed25519 key as one line of base64, DER SubjectPublicKeyInfo, from that or from its PEM; null where it is none. Two
 * texts of the same key give the same line.
 */
export function publicKeyLine(text: string): string | null {
  const trimmed = text.trim();
  const line = (PEM.exec(trimmed)?.[1] ?? trimmed).replaceAll(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(line) || line.length % 4 !== 0) return null;
  const bytes = atob(line);
  const isKey =
    bytes.length === ED25519_SPKI.length + KEY_BYTES &&
    ED25519_SPKI.every((byte, index) => bytes.charCodeAt(index) === byte);
  return isKey ? btoa(bytes) : null;
}
