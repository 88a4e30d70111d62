import type { HeldList } from './types.ts';

/** Who gives an answer; signed where the configuration lists operators (docs/approvals.md). */
export interface SignedAnswer {
  readonly operator: string;
  /** When it was signed: ISO 8601, UTC, with milliseconds. */
  readonly at?: string;
  /** Base64. */
  readonly signature?: string;
}

/** What became of an answer that does not decide: it was to another list than this one, to none, refused, or the first of two. */
export type Undecided =
  HeldList | 'nothing waits' | { readonly refused: string } | { readonly first: HeldList; readonly said: string };
