import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { AskSecret } from './operator-key.ts';

/** Asks on the terminal for something that is not shown; the question goes to standard error, so that what is printed stays a result. */
export const askOnTerminal: AskSecret = async (question) => {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  process.stderr.write(question);
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
};
