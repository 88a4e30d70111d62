import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { configurationSchema, type Configuration } from '../../rules/configuration.ts';

export const sampleFile = join(import.meta.dirname, '..', '..', 'config', 'contoso.yaml');

/**
 * The sample customer's configuration, without a look at its password files; without voice and routing addresses too: those
 * tests have them that are about them.
 */
export function sampleConfiguration(): Configuration {
  const {
    voice: _voice,
    validation: _validation,
    ...others
  } = parse(readFileSync(sampleFile, 'utf8')) as Record<string, unknown>;
  return configurationSchema.parse(others);
}
