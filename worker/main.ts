import { runWorker } from './run-worker.ts';
import { SettingsError } from './settings.ts';

try {
  await runWorker(process.env);
} catch (error) {
  process.stderr.write(
    error instanceof SettingsError
      ? `The worker's environment is not right:\n${error.message}\n`
      : `The worker ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
}
