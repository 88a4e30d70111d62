import { randomUUID } from 'node:crypto';
import { lookUp } from '../directory/look-up.ts';
import { judgeSentinels, type Sentinels } from '../rules/read-health.ts';
import { standingWarnings } from '../store/forest-warnings.ts';
import { chooseSentinels, replaceSentinels, sampleHolders, sentinelsOf } from '../store/sentinels.ts';
import { settleVanished, vanishedAttributes } from '../store/vanished-values.ts';
import type { Domain } from './read-domain.ts';

/** Stands for objects as a whole where an attribute is named. */
const OBJECT = '';

/** Objects that are looked at before a right is taken to be lost. */
const SAMPLE = 100;

/** Attributes that every object has, or that have columns of their own. */
const UNWATCHED = new Set('objectGUID objectClass parentGUID name whenCreated'.split(' '));

/** What can be read of a domain at present. */
export interface Health {
  /** False when no object can be read any more. */
  readonly objects: boolean;
  /** Attributes that were common and that nobody shows any more. */
  readonly lost: readonly string[];
  /** Objects, or attributes, can be read again that could not before. */
  readonly recovered: 'objects readable again' | 'attribute readable again' | null;
}

/**
 * Looks whether the account can still read what it could, by reading a few objects back: a few requests, however large the
 * domain is. To be done before each read.
 */
export async function checkHealth(domain: Domain): Promise<Health> {
  const { database, run, namingContext, settings } = domain;
  const warnings = await standingWarnings(database, run.forestId, namingContext);
  const lostBefore = warnings.filter(({ code }) => code === 'FW201').map(({ attribute }) => attribute);
  const blindBefore = warnings.some(({ code }) => code === 'FW202');

  const watched = watchedAttributes(domain);
  const sentinels = (await sentinelsOf(database, run.forestId, namingContext)).filter(
    ({ attribute }) => attribute === OBJECT || watched.includes(attribute),
  );
  const seen = await show(domain, [...new Set(sentinels.flatMap(({ guids }) => guids))]);
  const { suspect, worn } = judgeSentinels(
    sentinels.filter(({ attribute }) => attribute !== OBJECT),
    seen,
  );
  const ofObjects = sentinels.find(({ attribute }) => attribute === OBJECT)?.guids ?? [];
  if (worn.length > 0 || ofObjects.length === 0 || !ofObjects.every((guid) => seen.has(guid))) {
    const sample = await lookAtSample(domain, OBJECT, []);
    if (sample.size >= settings.sentinels.common && readable(sample).length === 0)
      return { objects: false, lost: lostBefore, recovered: null };
    await renew(domain, [{ attribute: OBJECT, guids: [] }, ...worn], sample);
  }
  const lost: string[] = [];
  const few: string[] = [];
  for (const attribute of suspect) {
    const sample = await lookAtSample(domain, attribute, []);
    if (sample.size < settings.sentinels.common) few.push(attribute);
    if (sample.size >= settings.sentinels.common && isLost(attribute, sample)) lost.push(attribute);
    else await renew(domain, [{ attribute, guids: [] }], sample);
  }
  // Also one that is not watched any more, because it was cleared on purpose. One that hardly anybody has says nothing.
  const back = lostBefore.some((attribute) => !lost.includes(attribute) && !few.includes(attribute));
  return {
    objects: true,
    lost,
    recovered: blindBefore ? 'objects readable again' : back ? 'attribute readable again' : null,
  };
}

/**
 * Looks, at the end of a read, at the attributes that objects did not show any more in it: where so many lost one at once
 * that it may be a right that was lost, and nobody shows it, they keep what they had.
 *
 * @param lost attributes that were found unreadable before the read
 * @returns the attributes that are unreadable
 */
export async function judgeVanished(domain: Domain, lost: readonly string[]): Promise<readonly string[]> {
  const { database, run, namingContext, settings } = domain;
  const vanished = await vanishedAttributes(database, run.forestId, namingContext);
  if (vanished.length === 0) return lost;
  const watched = watchedAttributes(domain);
  const unreadable = new Set(lost);
  for (const { attribute, objects, guids } of vanished)
    if (!unreadable.has(attribute) && objects >= settings.sentinels.common && watched.includes(attribute))
      if (isLost(attribute, await lookAtSample(domain, attribute, guids))) unreadable.add(attribute);
  await database.transaction((transaction) =>
    settleVanished(transaction, run.forestId, namingContext, [...unreadable]),
  );
  return [...unreadable];
}

/** Chooses sentinels anew, at the end of a whole read. */
export async function renewSentinels(domain: Domain, lost: readonly string[]): Promise<void> {
  const { database, run, namingContext, settings } = domain;
  const choice = { attributes: watchedAttributes(domain), kept: lost, ...settings.sentinels };
  await database.transaction((transaction) => chooseSentinels(transaction, run.forestId, namingContext, choice));
}

function watchedAttributes({ attributes, settings }: Domain): readonly string[] {
  return attributes.filter((attribute) => !UNWATCHED.has(attribute) && !settings.absent.includes(attribute));
}

/** What some objects show, by objectGUID; those that can not be read are not in it. */
async function show(domain: Domain, guids: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { reader, namingContext, signal } = domain;
  const seen = new Map<string, ReadonlySet<string>>();
  for await (const entry of lookUp(reader, namingContext, guids, { attributes: watchedAttributes(domain), signal }))
    seen.set(entry.guid, new Set([...Object.keys(entry.attributes), ...Object.keys(entry.links), ...entry.malformed]));
  return seen;
}

/** What a sample of the objects that had the attribute, and these others, show now; null for those that can not be read. */
type Sample = ReadonlyMap<string, ReadonlySet<string> | null>;

async function lookAtSample(domain: Domain, attribute: string, others: readonly string[]): Promise<Sample> {
  const { database, run, namingContext } = domain;
  const options = { limit: SAMPLE, from: randomUUID() };
  const guids = await sampleHolders(database, run.forestId, namingContext, attribute, options);
  const asked = [...new Set([...others, ...guids])];
  const seen = await show(domain, asked);
  return new Map(asked.map((guid) => [guid, seen.get(guid) ?? null]));
}

function readable(sample: Sample): readonly (readonly [string, ReadonlySet<string>])[] {
  return [...sample].flatMap(([guid, shown]) => (shown === null ? [] : [[guid, shown] as const]));
}

/** Whether nobody of those who can be read shows the attribute, and some can. */
function isLost(attribute: string, sample: Sample): boolean {
  const visible = readable(sample);
  return visible.length > 0 && visible.every(([, shown]) => !shown.has(attribute));
}

/** Adds those of a sample who show an attribute to what is left of its sentinels. */
async function renew(domain: Domain, left: readonly Sentinels[], sample: Sample): Promise<void> {
  const { database, run, namingContext, settings } = domain;
  const renewed = left.map(({ attribute, guids }) => {
    const showing = readable(sample).filter(([, shown]) => attribute === OBJECT || shown.has(attribute));
    const all = [...new Set([...guids, ...showing.map(([guid]) => guid)])];
    return { attribute, guids: all.slice(0, settings.sentinels.perAttribute) };
  });
  await database.transaction((transaction) => replaceSentinels(transaction, run.forestId, namingContext, renewed));
}
