/** Who gave an answer: an operator whose signature was verified, or null for somebody unnamed. */
export type Answerer = string | null;

export type Judgement =
  | { readonly counts: 'enough' }
  /** It is the first of two. */
  | { readonly counts: 'first' }
  | { readonly counts: 'not'; readonly reason: string };

/**
 * What an approval makes of what waits. The second of two approvals is always a listed operator's, and another one's than the first.
 *
 * @param earlier who has approved exactly this before
 * @param needed how many operators have to
 * @param unsigned whether an unnamed operator's approval counts at all
 */
export function judgeApproval(
  answerer: Answerer,
  earlier: readonly Answerer[],
  needed: number,
  unsigned: 'count' | 'refuse',
): Judgement {
  if (answerer === null && unsigned === 'refuse')
    return not('an approval has to be signed by an operator who is listed (docs/approvals.md); to reject is allowed');
  if (needed < 2) return { counts: 'enough' };
  if (answerer === null)
    return earlier.length === 0
      ? { counts: 'first' }
      : not('it is approved once; an answer without a signature never counts as the second one');
  if (earlier.some((one) => one !== answerer)) return { counts: 'enough' };
  return earlier.length === 0
    ? { counts: 'first' }
    : not(`${answerer} has approved it already; another operator has to approve it, too`);
}

function not(reason: string): Judgement {
  return { counts: 'not', reason };
}
