import { setCurrentDetails } from '@temporalio/workflow';

/** An empty paragraph. White space would be trimmed, which U+2800 is not. */
const ROOM = '\n\n\u2800';

/**
 * Shows an operator what the workflow does now and waits for, in Markdown. The Temporal UI's frame for it is too low by two lines: empty
 * ones at the end keep the last that matter from being cut off.
 */
export function showDetails(markdown: string): void {
  setCurrentDetails(markdown + ROOM);
}
