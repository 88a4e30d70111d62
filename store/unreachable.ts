/** Node's and PostgreSQL's codes for a server that is not there or does not let one in. */
const CODES = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT', 'ECONNRESET', 'EAI_AGAIN'],
  ...['28P01', '28000', '3D000', '57P03'],
]);

/** Why the database does not let itself be reached, in its own words; null where that is not what an error says. */
export function whyUnreachable(error: unknown): string | null {
  // A host with several addresses fails with one error for each.
  const first = error instanceof AggregateError ? (error.errors as readonly unknown[])[0] : error;
  if (typeof first !== 'object' || first === null || !('code' in first) || !('message' in first)) return null;
  const { code, message } = first;
  return typeof code === 'string' && CODES.has(code) && typeof message === 'string' ? message : null;
}
