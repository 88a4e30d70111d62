import { z } from 'zod';
import { distinguishedName } from './dn-settings.ts';
import { MAX_FILTER_LENGTH } from './filter.ts';
import { compileFilter } from './filter-match.ts';
import { takesRest, type CompiledWave, type OnboardingWave } from './onboarding.ts';

const wave = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$/, 'a name is 1 to 40 letters, digits, blanks, dots and hyphens')
    .describe('shown in the Temporal UI: name nobody'),
  under: z.array(distinguishedName).min(1).optional().describe('organizational units'),
  filter: z
    .string()
    .max(MAX_FILTER_LENGTH)
    .optional()
    .superRefine((text, context) => {
      if (text === undefined) return;
      const compilation = compileFilter(text);
      if (!compilation.ok)
        context.addIssue({
          code: 'custom',
          message: `${compilation.fault.message} (at character ${compilation.fault.at + 1})`,
        });
    })
    .describe('LDAP filter (RFC 4515) over the attributes that the scope and the flow read'),
  objects: z.array(z.string().min(1)).min(1).optional().describe('objects by objectGUID, DN or mail address'),
});

/** The waves of an onboarding, as an operator's file gives them. */
export const onboardingWavesSchema = z
  .strictObject({ waves: z.array(wave).min(1).max(100) })
  .superRefine(({ waves }, context) => {
    waves.forEach((one, index) => {
      if (takesRest(one) && index < waves.length - 1)
        context.addIssue({
          code: 'custom',
          path: ['waves', index],
          message: `${one.name} has neither under, filter nor objects and so takes everybody: only the last wave may`,
        });
      if (waves.findIndex((other) => other.name === one.name) < index)
        context.addIssue({
          code: 'custom',
          path: ['waves', index, 'name'],
          message: `two waves are named ${one.name}`,
        });
    });
  });

/** Waves that were checked before, ready to be asked of objects. */
export function compileWaves(waves: readonly OnboardingWave[]): readonly CompiledWave[] {
  return waves.map((one) => {
    const compilation = one.filter === undefined ? null : compileFilter(one.filter);
    if (compilation?.ok === false) throw new RangeError(`the filter is refused: ${compilation.fault.message}`);
    return {
      under: one.under ?? [],
      objects: new Set(one.objects),
      filter: compilation?.compiled ?? null,
      rest: takesRest(one),
    };
  });
}
