import { attributesOf } from '../../activities/read-source.ts';
import type { Configuration } from '../../rules/configuration.ts';
import type { OnboardingWave } from '../../rules/onboarding.ts';
import { compileWaves, onboardingWavesSchema } from '../../rules/onboarding-settings.ts';
import type { Database } from '../../store/database.ts';
import { sourcesNamed } from '../../store/look-up-objects.ts';
import { readChecked } from '../../worker/configuration-file.ts';
import { Mistake } from './mistake.ts';

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Attributes of an object that are kept whatever is read. */
const ALWAYS = ['distinguishedName', 'objectGUID', 'cn', 'name', 'whenCreated', 'objectClass'];

/**
 * Reads the waves of an onboarding from an operator's file; objects named by DN or mail become objectGUIDs.
 *
 * @throws Mistake when an object is not known, or a filter looks at what is not read
 */
export async function readWaves(
  database: Database,
  configuration: Configuration,
  forest: string,
  file: string,
): Promise<readonly OnboardingWave[]> {
  const { data } = await readChecked(file, onboardingWavesSchema);
  requireReadable(configuration, forest, data.waves);
  const waves: OnboardingWave[] = [];
  for (const wave of data.waves)
    waves.push(
      wave.objects === undefined
        ? wave
        : { ...wave, objects: await guidsOf(database, configuration.customer, forest, wave.objects) },
    );
  return waves;
}

function requireReadable(configuration: Configuration, name: string, waves: readonly OnboardingWave[]): void {
  const forest = configuration.forests.find((one) => one.name === name);
  if (forest === undefined) return;
  const read = new Set([...ALWAYS, ...attributesOf(configuration, forest)].map((one) => one.toLowerCase()));
  compileWaves(waves).forEach(({ filter }, index) => {
    const unread = filter?.attributes.find((one) => !read.has(one.toLowerCase()));
    if (unread !== undefined)
      throw new Mistake(
        `The filter of wave ${waves[index]?.name ?? ''} looks at ${unread}, which is not read from ${name}: only what the scope and the flow look at is.`,
      );
  });
}

async function guidsOf(
  database: Database,
  customer: string,
  forest: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const guids: string[] = [];
  for (const name of names) {
    if (GUID.test(name)) {
      guids.push(name.toLowerCase());
      continue;
    }
    const [found, another] = await sourcesNamed(database, customer, name, forest);
    if (found === undefined || found.gone)
      throw new Mistake(
        `${customer}/${forest} has no object "${name}", or no cycle has read it yet: name it by objectGUID.`,
      );
    if (another !== undefined && !another.gone)
      throw new Mistake(`Several objects of ${customer}/${forest} are "${name}": give the objectGUID.`);
    guids.push(found.guid);
  }
  return guids;
}
