/**
 * The database that a new mailbox goes to: the one with the fewest mailboxes, the first named among equals.
 *
 * @param databases DNs, at least one
 * @param mailboxes how many mailboxes a database holds, by DN; none when it is not named
 */
export function placeMailbox(
  databases: readonly [string, ...string[]],
  mailboxes: ReadonlyMap<string, number>,
): string {
  return databases.reduce((best, database) =>
    (mailboxes.get(database) ?? 0) < (mailboxes.get(best) ?? 0) ? database : best,
  );
}
