import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Names the sample by what makes it, so that a changed sample is loaded anew. */
export async function sampleVersion(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.ts')).sort())
    hash.update(file).update(await readFile(join(import.meta.dirname, file)));
  return hash.digest('hex').slice(0, 16);
}
