import { whyUnreachable } from '../store/unreachable.ts';
import { runWorker } from './run-worker.ts';
import { SettingsError } from './settings.ts';

try {
  await runWorker(process.env);
} catch (error) {
  process.stderr.write(`${whyEnded(error)}\n`);
  process.exitCode = 1;
}

/** What an operator can mend is a sentence; of anything else the trace is what is wanted. */
function whyEnded(error: unknown): string {
  if (error instanceof SettingsError) return `The worker's environment is not right:\n${error.message}`;
  const unreachable = whyUnreachable(error);
  if (unreachable !== null)
    return `The worker ended: the database does not let itself be reached: ${unreachable}. Look at DATABASE_URL.`;
  // The SDK's error for a server that is not there, or does not let one in.
  if (error instanceof Error && error.name === 'TransportError')
    return `The worker ended: Temporal can not be reached: ${error.message}. Look at TEMPORAL_ADDRESS.`;
  return `The worker ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
