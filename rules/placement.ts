/** A mailbox database as the configuration names it: by its DN alone, or with its weight and its limit. */
export type DatabaseSetting =
  | string
  | {
      readonly database: string;
      /** Share of the mailboxes, against the others of the region. */
      readonly weight: number;
      /** It gets no new mailbox when it holds this many. */
      readonly limit?: number | undefined;
    };

/** The DNs of databases. */
export function databaseNames(settings: readonly DatabaseSetting[]): readonly string[] {
  return settings.map((setting) => (typeof setting === 'string' ? setting : setting.database));
}

/** Whether one of these databases may be full. */
export function hasLimit(settings: readonly DatabaseSetting[]): boolean {
  return settings.some((setting) => typeof setting !== 'string' && setting.limit !== undefined);
}

/**
 * The database that a new mailbox goes to: the one that holds the fewest for its weight once the mailbox is there, the first
 * named among equals; null when all are full.
 *
 * @param mailboxes how many mailboxes a database holds, by DN; none when it is not named
 */
export function placeMailbox(
  settings: readonly DatabaseSetting[],
  mailboxes: ReadonlyMap<string, number>,
): string | null {
  let best: { readonly database: string; readonly load: number } | null = null;
  for (const setting of settings) {
    const {
      database,
      weight,
      limit = Infinity,
    } = typeof setting === 'string' ? { database: setting, weight: 1 } : setting;
    const held = mailboxes.get(database) ?? 0;
    const load = (held + 1) / weight;
    if (held < limit && (best === null || load < best.load)) best = { database, load };
  }
  return best?.database ?? null;
}
