import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Mistake } from './mistake.ts';
import type { AskSecret } from './operator-key.ts';

/** Asks on the terminal for something that is not shown; the question goes to standard error, so that what is printed stays a result. */
export const askOnTerminal: AskSecret = async (question) => {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    // Only now: what is typed is not shown from here on.
    process.stderr.write(question);
    // Who ends it by Ctrl+C or Ctrl+D has not answered.
    const ended = new Promise<never>((_resolve, reject) => {
      lines.once('close', reject);
    });
    return await Promise.race([lines.question(''), ended]);
  } catch {
    throw new Mistake('Nothing was answered: nothing is done.');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
};
