import { openWriter, type DirectoryWriter } from '../directory/writer.ts';
import type { Configuration } from '../rules/configuration.ts';
import { endpoint, type Dependencies } from './dependencies.ts';
import { writtenTo } from './managed-controller.ts';

/** How long a connection that nobody uses is kept. */
const IDLE_MS = 3_000;

interface Shared {
  readonly writer: Promise<DirectoryWriter>;
  users: number;
  idle: NodeJS.Timeout | undefined;
}

/**
 * Connections to managed domain controllers that the object workflows of a worker share: a step of one object is a few
 * requests, and signing in for each would cost more than they do. Requests of several objects are under way at once. They go
 * to the controller that the cycles read and write.
 */
export class SharedWriters {
  readonly #dependencies: Dependencies;
  readonly #open = new Map<string, Shared>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Runs `work` with a writer for the configuration's Managed Forest. One that fails is not given to anybody again.
   *
   * @param lastRead URL of the controller that was last read; null before the first read
   */
  async use<T>(
    configuration: Configuration,
    lastRead: string | null,
    work: (writer: DirectoryWriter) => Promise<T>,
  ): Promise<T> {
    const controllers = writtenTo(lastRead, configuration);
    const key = JSON.stringify([configuration.managed, controllers]);
    const shared = this.#open.get(key) ?? this.#connect(key, configuration, controllers);
    shared.users += 1;
    clearTimeout(shared.idle);
    try {
      return await work(await shared.writer);
    } catch (error) {
      if (this.#open.get(key) === shared) this.#open.delete(key);
      throw error;
    } finally {
      shared.users -= 1;
      if (shared.users === 0) this.#release(key, shared);
    }
  }

  #connect(key: string, { managed }: Configuration, controllers: readonly string[]): Shared {
    const writer = endpoint(this.#dependencies, controllers, managed).then(openWriter);
    const shared: Shared = { writer, users: 0, idle: undefined };
    this.#open.set(key, shared);
    return shared;
  }

  #release(key: string, shared: Shared): void {
    const close = (): void => {
      if (this.#open.get(key) === shared) this.#open.delete(key);
      // A writer that never came about has nothing to close; one that is broken is closed already.
      shared.writer.then((writer) => writer.close()).catch(() => undefined);
    };
    if (this.#open.get(key) !== shared) {
      close();
      return;
    }
    shared.idle = setTimeout(close, IDLE_MS);
    // An idle connection keeps no worker from ending.
    shared.idle.unref();
  }
}
