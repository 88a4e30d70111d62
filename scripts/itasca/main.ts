import { FAILED } from './mistake.ts';
import { explained } from './explained.ts';
import { program } from './program.ts';

/** What a shell says of a program that wrote to nobody: 128 and the number of SIGPIPE. */
const NOBODY_READS = 141;

let exitCode: number = FAILED;
// Whoever reads may stop to, as `head` does: then there is nothing more to say, and nothing wrong.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(NOBODY_READS);
  throw error;
});
try {
  exitCode = await program(process.argv.slice(2), process.env, process.stdout, process.stderr);
} catch (error) {
  // What is not foreseen is a fault of Itasca: then the trace is what is wanted.
  console.error((await explained(error)) ?? error);
}
process.exitCode = exitCode;
