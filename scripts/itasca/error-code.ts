/** The code of an error of Node or of PostgreSQL, such as ENOENT or 42P01; undefined of others. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What an error says. */
export function errorText(error: unknown): string {
  const says = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return typeof says === 'string' ? says : String(says);
}
