import { parseDn } from './dn.ts';
import type { ObjectError } from './error-catalogue.ts';

/** Why the directory itself has put an object where it is, in the operator's words; null for all others. */
export type Misplacement = 'replication conflict object' | 'in lost and found';

/** Only names like these are worth being parsed. */
const SUSPICIOUS = /CNF:|LostAndFound/i;
/** Marks the loser of a naming conflict between two domain controllers (MS-ADTS 3.1.1.1.5.1.5). */
const CONFLICT = /\nCNF:[0-9A-Fa-f-]{36}$/;

/**
 * Finds objects that a conflict between domain controllers has renamed, or left without a container (MS-ADTS 6.1.1.4.5).
 * What is below a container that was renamed is as good as before.
 */
export function misplacementOf(dn: string): Misplacement | null {
  if (!SUSPICIOUS.test(dn)) return null;
  const names = (parseDn(dn) ?? []).flatMap(([part]) => (part.attribute.toUpperCase() === 'DC' ? [] : [part]));
  const [own, ...above] = names;
  if (own !== undefined && CONFLICT.test(own.value)) return 'replication conflict object';
  const top = above.at(-1);
  return top?.attribute.toUpperCase() === 'CN' && top.value.toLowerCase() === 'lostandfound'
    ? 'in lost and found'
    : null;
}

/** What the operator has to see of such an object, which is never synchronized. */
export function misplacementError(misplacement: Misplacement): ObjectError {
  return {
    code: misplacement === 'in lost and found' ? 'SE802' : 'SE801',
    attribute: '',
    details: `${misplacement}: it is not synchronized`,
  };
}
