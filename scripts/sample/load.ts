import { AlreadyExistsError, Attribute, Change, type Client, TypeOrValueExistsError } from 'ldapts';
import { connectAdministrator, type LoadTarget } from './administrator.ts';
import { sampleObjects, type SampleOptions } from './customer.ts';
import type { SampleObject, SampleValue } from './sample-object.ts';

export interface LoadProgress {
  readonly stage: 'objects' | 'links';
  readonly done: number;
  readonly total: number;
}

export interface LoadCounts {
  readonly added: number;
  /** Objects that were there already: they are left as they are. */
  readonly present: number;
}

export type OnProgress = (progress: LoadProgress) => void;

export interface LoadSampleOptions extends Omit<SampleOptions, 'base'> {
  /** Name of the organizational unit below the naming context that holds the sample; `Contoso` when absent. */
  readonly ou?: string;
}

const CONNECTIONS = 4;
/** Requests that one connection has in flight: Samba answers one after the other, but need not wait for the next. */
const IN_FLIGHT = 4;
/** Values of a linked attribute in one request. */
const LINKS_PER_REQUEST = 1000;
const ITEMS_PER_REPORT = 100;

/**
 * Loads the sample customer. Loading again completes what an interrupted run has left.
 * @throws {Error} naming the object that the directory refused.
 */
export function loadSample(
  target: LoadTarget,
  onProgress?: OnProgress,
  { ou = 'Contoso', ...options }: LoadSampleOptions = {},
): Promise<LoadCounts> {
  return loadObjects(target, sampleObjects({ ...options, base: `OU=${ou},${target.namingContext}` }), onProgress);
}

/**
 * Adds objects: containers first and one after the other, then the rest, then the links that led to objects further on.
 * @throws {Error} naming the object that the directory refused.
 */
export async function loadObjects(
  target: LoadTarget,
  objects: readonly SampleObject[],
  onProgress?: OnProgress,
): Promise<LoadCounts> {
  const clients = await connectAll(target);
  try {
    const loading = new Loading();
    const add = (client: Client, object: SampleObject): Promise<void> => loading.add(client, object);
    const report = reporter('objects', objects.length, onProgress);
    const containers = objects.filter((object) => object.kind === 'organizationalUnit');
    const others = objects.filter((object) => object.kind !== 'organizationalUnit');
    await pipelined(clients.slice(0, 1), 1, containers, add, report);
    await pipelined(clients, IN_FLIGHT, others, add, report);

    const links = loading.linksLeft;
    await pipelined(clients, IN_FLIGHT, links, addLinks, reporter('links', links.length, onProgress));
    return { added: loading.added, present: objects.length - loading.added };
  } finally {
    await Promise.all(clients.map((client) => client.unbind()));
  }
}

async function connectAll(target: LoadTarget): Promise<Client[]> {
  const results = await Promise.allSettled(Array.from({ length: CONNECTIONS }, () => connectAdministrator(target)));
  const clients = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const refused = results.find((result) => result.status === 'rejected');
  if (refused === undefined) return clients;
  await Promise.all(clients.map((client) => client.unbind()));
  throw refused.reason;
}

/** Reports each hundredth item and the last; is to be called once for each. */
function reporter(stage: LoadProgress['stage'], total: number, onProgress: OnProgress | undefined): () => void {
  let done = 0;
  return () => {
    done++;
    if (done % ITEMS_PER_REPORT === 0 || done === total) onProgress?.({ stage, done, total });
  };
}

/**
 * Hands the items in order to whichever connection is free. Ends when all are done, or, after a failure, when what was
 * under way has ended.
 */
async function pipelined<T>(
  clients: readonly Client[],
  inFlight: number,
  items: readonly T[],
  work: (client: Client, item: T) => Promise<void>,
  onDone: () => void,
): Promise<void> {
  const queue = items.values();
  const failures: unknown[] = [];
  const lane = async (client: Client): Promise<void> => {
    for (const item of queue) {
      if (failures.length > 0) return;
      try {
        await work(client, item);
        onDone();
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(clients.flatMap((client) => Array.from({ length: inFlight }, () => lane(client))));
  if (failures.length > 0) throw failures[0];
}

/** Values to add to a linked attribute of an object. */
interface LinkChange {
  readonly holder: string;
  readonly attribute: string;
  readonly targets: readonly string[];
}

/** What has been added so far, and which links are still to be added. */
class Loading {
  added = 0;
  readonly linksLeft: LinkChange[] = [];
  readonly #present = new Set<string>();

  /** Adds an object with those of its links that lead to objects that are there; the others are left for later. */
  async add(client: Client, { dn, attributes, links }: SampleObject): Promise<void> {
    const all = Object.entries(links);
    const ready = all.filter(
      ([, targets]) => targets.length <= LINKS_PER_REQUEST && targets.every((target) => this.#present.has(target)),
    );
    try {
      await client.add(dn, [...Object.entries(attributes), ...ready].map(toAttribute));
      this.added++;
      this.#leave(
        dn,
        all.filter((link) => !ready.includes(link)),
      );
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) {
        throw new Error(`The directory refused to add ${dn}: ${String(error)}`, { cause: error });
      }
      this.#leave(dn, all);
    }
    this.#present.add(dn);
  }

  #leave(holder: string, links: readonly (readonly [attribute: string, targets: readonly string[]])[]): void {
    for (const [attribute, targets] of links) {
      for (let at = 0; at < targets.length; at += LINKS_PER_REQUEST) {
        this.linksLeft.push({ holder, attribute, targets: targets.slice(at, at + LINKS_PER_REQUEST) });
      }
    }
  }
}

async function addLinks(client: Client, { holder, attribute, targets }: LinkChange): Promise<void> {
  try {
    await client.modify(holder, new Change({ operation: 'add', modification: toAttribute([attribute, targets]) }));
  } catch (error) {
    const present = error instanceof AlreadyExistsError || error instanceof TypeOrValueExistsError;
    if (!present)
      throw new Error(`The directory refused ${attribute} of ${holder}: ${String(error)}`, { cause: error });
    // An earlier run has set some of them; which, only asking one by one tells.
    if (targets.length > 1)
      for (const target of targets) await addLinks(client, { holder, attribute, targets: [target] });
  }
}

function toAttribute([type, values]: readonly [string, readonly SampleValue[]]): Attribute {
  return new Attribute({ type, values: values.map((value) => Buffer.from(value)) });
}
