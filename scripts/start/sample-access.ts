import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stack } from '../stack/stack.ts';

const project = join(import.meta.dirname, '..', '..');
const folder = join(project, '.itasca');

/** The configuration that `npm start` runs. */
export const configurationFile = join(project, 'config', 'contoso.yaml');

/** Writes what the sample's configuration points to: the certificates' authority and the two service accounts' passwords. */
export async function writeAccess(stack: Stack): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await copyFile(stack.customer.caFile, join(folder, 'ca.pem'));
  for (const forest of [stack.customer, stack.managed]) {
    const file = join(folder, `${forest.side}.password`);
    await writeFile(file, forest.service.password, { mode: 0o600 });
    await chmod(file, 0o600);
  }
}
