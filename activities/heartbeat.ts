import { cancellationSignal, heartbeat } from '@temporalio/activity';

const EVERY_MS = 5_000;

/**
 * Runs a step that may take long: heartbeats while it works, so that a dead worker is noticed, and hands it a signal
 * that is aborted when the activity is cancelled.
 */
export async function heartbeating<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    heartbeat();
  }, EVERY_MS);
  try {
    return await work(cancellationSignal());
  } finally {
    clearInterval(timer);
  }
}
