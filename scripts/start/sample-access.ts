import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { settingsText } from '../itasca/settings.ts';
import type { Stack } from '../stack/stack.ts';

const project = join(import.meta.dirname, '..', '..');
const folder = join(project, '.itasca');

/** The configuration that `npm start` runs. */
export const configurationFile = join(project, 'config', 'contoso.yaml');

/** How `npm run customer` signs in to the sample customer's forest. */
export const administratorFile = join(folder, 'customer-administrator.json');

/** Settings of the `itasca` command; there while `npm start` runs. */
export const commandSettingsFile = join(folder, 'itasca.yaml');

/** Writes what the sample's configuration points to: the certificates' authority and the two service accounts' passwords. */
export async function writeAccess(stack: Stack): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await copyFile(stack.customer.caFile, join(folder, 'ca.pem'));
  const { url, caFile, namingContext, administrator } = stack.customer;
  await writePrivate(administratorFile, JSON.stringify({ url, caFile, namingContext, administrator }));
  for (const forest of [stack.customer, stack.managed]) {
    await writePrivate(join(folder, `${forest.side}.password`), forest.service.password);
  }
}

/** How the `itasca` command reaches what `npm start` runs. */
export async function writeCommandSettings(stack: Stack, schema: string): Promise<void> {
  const { address, namespace, uiUrl } = stack.temporal;
  await writePrivate(
    commandSettingsFile,
    settingsText({
      databaseUrl: stack.databaseUrl,
      schema,
      operator: userInfo().username,
      temporal: { address, namespace },
      ...(uiUrl === null ? {} : { temporalUi: uiUrl }),
    }),
  );
}

/** Writes a file that only its owner can read, also where it was there before with other rights. */
async function writePrivate(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  await chmod(file, 0o600);
}
