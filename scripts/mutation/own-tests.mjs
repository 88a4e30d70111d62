import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Tells Jest which file needs which, so that the tests "related" to a rule are those that import it themselves, and not every
 * test of whatever uses it. A rule that no test imports counts as part of the rules that use it.
 */
const tested = new Set(
  globSync('test/unit/**/*.test.ts', { cwd: process.cwd() }).flatMap((file) =>
    [
      ...readFileSync(file, 'utf8').matchAll(/^(?:import (?!type)|\} from )[^;]*?'\.\.\/\.\.\/(rules\/[\w-]+\.ts)'/gms),
    ].map(([, rule]) => rule),
  ),
);

export function extract(_code, file, defaultExtract) {
  const needed = defaultExtract(_code, file);
  if (basename(join(file, '..')) !== 'rules') return needed;
  return new Set([...needed].filter((name) => !tested.has(`rules/${basename(name)}`)));
}

export function getCacheKey() {
  return [...tested].sort().join();
}
