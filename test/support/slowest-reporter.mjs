import { relative } from 'node:path';

/** Files that are named, and from how many seconds on. */
const FILES = 10;
const SLOW_S = 20;

/** A Jest reporter that names the slowest test files of a long run, so that what makes it long is seen. */
export default class SlowestReporter {
  onRunComplete(_contexts, { testResults }) {
    const slow = testResults
      .map(({ testFilePath, perfStats }) => ({
        file: relative(process.cwd(), testFilePath),
        s: perfStats.runtime / 1000,
      }))
      .filter(({ s }) => s >= SLOW_S)
      .sort((one, other) => other.s - one.s)
      .slice(0, FILES);
    if (slow.length > 0)
      process.stderr.write(
        `\nSlowest:\n${slow.map(({ file, s }) => `${s.toFixed(0).padStart(5)} s  ${file}\n`).join('')}`,
      );
  }
}
