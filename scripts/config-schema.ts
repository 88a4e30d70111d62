import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configurationJsonSchema } from '../worker/configuration-file.ts';

/** Writes the JSON schema of configuration files to config/schema.json, for editors. */
const file = join(import.meta.dirname, '..', 'config', 'schema.json');
await writeFile(file, `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`);
console.log(`${file} is written`);
