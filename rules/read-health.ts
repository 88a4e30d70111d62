import type { ReadingSettings } from './reading-settings.ts';

/** Objects that were last staged with a value of the attribute. */
export interface Sentinels {
  readonly attribute: string;
  readonly guids: readonly string[];
}

export interface SentinelVerdict {
  /** None of the sentinels that can be read shows these attributes: the right to read them may be lost. */
  readonly suspect: readonly string[];
  /** Some sentinels do not show their attribute any more, or can not be read: those that do are left. */
  readonly worn: readonly Sentinels[];
}

/**
 * What the sentinels say. One whose value was cleared, or that was deleted, says nothing: the others still show the attribute.
 *
 * @param seen by objectGUID, the attributes that an object shows; those that can not be read at all are not in it
 */
export function judgeSentinels(
  sentinels: readonly Sentinels[],
  seen: ReadonlyMap<string, ReadonlySet<string>>,
): SentinelVerdict {
  const suspect: string[] = [];
  const worn: Sentinels[] = [];
  for (const { attribute, guids } of sentinels) {
    const showing = guids.filter((guid) => seen.get(guid)?.has(attribute) === true);
    if (showing.length === 0 && guids.some((guid) => seen.has(guid))) suspect.push(attribute);
    else if (showing.length < guids.length) worn.push({ attribute, guids: showing });
  }
  return { suspect, worn };
}

/**
 * Whether a whole read lacks too many objects to be believed: all of them, or both a number and a part of them.
 *
 * @param known objects that were known before the read
 * @param missing those of them that it does not hold and that left no tombstone
 */
export function isShortRead(
  known: number,
  missing: number,
  { percent, objects }: ReadingSettings['shortRead'],
): boolean {
  if (missing === 0) return false;
  return missing === known || (missing >= objects && missing * 100 >= known * percent);
}
