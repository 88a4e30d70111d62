import { z } from 'zod';
import { publicKeyLine } from './operator-key.ts';

/** An operator's name in an answer: it is kept with what was answered. */
export const operatorName = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@\\-]{0,63}$/u, 'a name: letters, digits, space and ._@\\-, up to 64 characters');

/** Who may answer, by what they sign with, and which answers need two of them (docs/approvals.md). */
export const operatorsSchema = z.strictObject({
  list: z
    .array(
      z.strictObject({
        name: operatorName.describe('The name that is kept with the answers'),
        publicKey: z
          .string()
          .refine((text) => publicKeyLine(text) !== null, 'a public Ed25519 key: PEM, or its base64 in one line')
          .describe('Public key of the operator, as `itasca operators new-key` prints it'),
      }),
    )
    .max(500)
    .default([])
    .describe(
      'Operators whose answers are signed and verified. While there is none, an answer is that of whom it names, unchecked',
    ),
  unsigned: z
    .enum(['count', 'refuse'])
    .default('count')
    .describe(
      "Whether an approval that nobody has signed, from the Temporal UI for instance, counts as an unnamed operator's, never as the second one, or is refused. To reject is always allowed",
    ),
  second: z
    .array(z.enum(['changes', 'deletions', 'pilot']))
    .max(3)
    .default([])
    .describe(
      'What two operators have to approve: `changes` each list of changes that waits, undos and first plans included; `deletions` lists that delete managed objects or take their source object away, and the waves of an offboarding; `pilot` what comes after the pilot of an onboarding. Reconnections have `reconnection.approvals`',
    ),
});

export type OperatorsSettings = z.output<typeof operatorsSchema>;

/** What is wrong between the settings of operators, or of those with the number of operators that reconnections need. */
export function* operatorFaults(
  { list, second, unsigned }: OperatorsSettings,
  reconnectionApprovals: number,
): Generator<{ readonly path: readonly (string | number)[]; readonly message: string }> {
  const keys = list.map(({ publicKey }) => publicKeyLine(publicKey));
  for (const [index, { name }] of list.entries()) {
    if (list.findIndex((other) => other.name === name) < index)
      yield { path: ['operators', 'list', index, 'name'], message: `${name} is named twice` };
    const same = keys.indexOf(keys[index] ?? null);
    if (same < index)
      yield {
        path: ['operators', 'list', index, 'publicKey'],
        message: `is the key of ${list[same]?.name ?? ''}, too; each operator has a key of their own`,
      };
  }
  if (second.length > 0 && list.length < 2)
    yield { path: ['operators', 'second'], message: 'two operators are needed, and operators.list has fewer' };
  if (unsigned === 'refuse' && list.length === 0)
    yield { path: ['operators', 'unsigned'], message: 'nobody could approve anything: operators.list is empty' };
  if (reconnectionApprovals > 1 && list.length === 1)
    yield { path: ['reconnection', 'approvals'], message: 'two operators are needed, and operators.list has one' };
}
