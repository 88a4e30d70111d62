import { createInterface } from 'node:readline/promises';

/**
 * Asks on the terminal for a word; the question goes to standard error, so that what is printed stays a result.
 *
 * @returns whether it was said; false where there is nobody to be asked
 */
export async function confirmed(question: string, word: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question)).trim() === word;
  } finally {
    lines.close();
  }
}
