import { ArgumentError, readArguments, USAGE } from './seed/arguments.ts';
import { seed } from './seed/seed.ts';

const started = performance.now();
try {
  const read = readArguments(process.argv.slice(2), process.env);
  if (read === null) {
    console.log(USAGE);
  } else {
    const { added, present } = await seed(read.target, read.options, ({ stage, done, total }) => {
      if (done % 1000 === 0 || done === total) console.log(`${stage}: ${done} of ${total}`);
    });
    console.log(
      `${added} objects added, ${present} were there, in ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof ArgumentError) console.error('Run with --help for the arguments.');
  process.exitCode = 1;
}
