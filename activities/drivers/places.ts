/** As many places as may be taken at once; who finds none waits, but not for ever. */
export class Places {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /**
   * Works in a place of its own.
   *
   * @returns null when no place got free in time; then nothing was done
   */
  async take<T>(waitMs: number, work: () => Promise<T>): Promise<T | null> {
    if (!(await this.#enter(waitMs))) return null;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  #enter(waitMs: number): Promise<boolean> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const enter = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        resolve(false);
      }, waitMs);
      this.#waiting.push(enter);
    });
  }
}
