/**
 * What set-up has prepared for the stack, as JSON on standard output: the cache, the short name of this checkout, the
 * folder of the forest templates, and Temporal as { "address" } or { "binary" }. Templates whose sources have changed
 * since are built anew; whatever else is missing is set-up's to get.
 *
 * Lines about progress, and the reason when it fails, are written to standard error.
 */
import { installedDebianPackages } from './debian-packages.mjs';
import { ensureForestTemplates } from './forest-templates.mjs';
import { cacheDirectory, projectHash } from './paths.mjs';
import { createProgress } from './progress.mjs';
import { locateTemporal } from './temporal.mjs';

const SETUP = 'Run "node scripts/setup.mjs" first.';
const progress = createProgress({ write: (text) => process.stderr.write(text), isTTY: false });

try {
  const [packages, temporal] = await Promise.all([installedDebianPackages(), locateTemporal()]);
  if (!packages.has('samba')) throw new Error(`Samba is not installed. ${SETUP}`);
  if (!temporal) throw new Error(`There is no Temporal server. ${SETUP}`);
  const forests = await ensureForestTemplates({ step: progress.step('AD forests') });
  process.stdout.write(JSON.stringify({ cacheDirectory, projectHash, forests, temporal }));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  progress.close();
}
