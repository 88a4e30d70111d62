import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import type { Table } from './tables.ts';

/** Everything in one zip. The tables are compressed as they come. */
export async function archive(
  pages: Readonly<Record<string, string>>,
  tables: readonly Table[],
  madeAt: Date,
): Promise<Buffer> {
  const zip = new ZipFile();
  const options = { mtime: madeAt, mode: 0o100600 };
  const broken = new Promise<never>((_, reject) => {
    zip.on('error', reject);
  });
  for (const [name, text] of Object.entries(pages)) zip.addBuffer(Buffer.from(text), name, options);
  for (const { name, lines } of tables) {
    const stream = Readable.from(lines);
    // A reading that fails ends the zip, instead of leaving it open for ever.
    stream.on('error', (error) => zip.emit('error', error));
    zip.addReadStream(stream, name, options);
  }
  zip.end();
  return Promise.race([buffer(zip.outputStream), broken]);
}
