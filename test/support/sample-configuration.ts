import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { configurationSchema, type Configuration } from '../../rules/configuration.ts';

export const sampleFile = join(import.meta.dirname, '..', '..', 'config', 'contoso.yaml');

/** The sample customer's configuration as the file holds it, without a look at its password files. */
export function sampleConfiguration(): Configuration {
  return configurationSchema.parse(parse(readFileSync(sampleFile, 'utf8')));
}
