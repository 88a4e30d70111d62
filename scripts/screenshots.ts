/**
 * Takes the pictures of the documentation anew, from the sample that runs: `npm start` in one terminal, and when its first cycles are
 * over `npm run screenshots` in another.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { launchBrowser } from './browser/browser.ts';
import { readCommandSettings } from './itasca/settings.ts';
import { screenshotsOfSample } from './screenshots/sample.ts';

const FOLDER = join(import.meta.dirname, '..', 'docs', 'images');

const { temporal: server, temporalUi } = await readCommandSettings(undefined, {});
if (server === undefined || temporalUi === undefined) throw new Error('The sample does not run: npm start');
await mkdir(FOLDER, { recursive: true });
const connection = await Connection.connect({ address: server.address });
const browser = await launchBrowser();
try {
  const temporal = new Client({ connection, namespace: server.namespace });
  const ui = { url: temporalUi, namespace: server.namespace };
  for await (const { name, png } of screenshotsOfSample({ browser, ui, temporal })) {
    await writeFile(join(FOLDER, `${name}.png`), png);
    console.log(`docs/images/${name}.png, ${String(Math.round(png.length / 1024))} KiB`);
  }
} finally {
  await browser.close();
  await connection.close();
}
