import { FAILED } from './mistake.ts';
import { explained } from './explained.ts';
import { program } from './program.ts';

let exitCode: number = FAILED;
try {
  exitCode = await program(process.argv.slice(2), process.env, process.stdout, process.stderr);
} catch (error) {
  // What is not foreseen is a fault of Itasca: then the trace is what is wanted.
  console.error((await explained(error)) ?? error);
}
process.exitCode = exitCode;
