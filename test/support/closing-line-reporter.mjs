import { writeSync } from 'node:fs';

/** @type {{ passed: number, failed: number, skipped: number } | undefined} */
let counts;

/**
 * A Jest reporter whose one line closes the output: `N passed, N failed`, and `, N skipped` if any were. A test file
 * that could not be run at all counts as one failure. The line is written when the process exits, because Jest still
 * prints its own summary, and what the global tear-down says, after the reporters were told that the run is complete.
 */
export default class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    counts = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
  }
}

/**
 * Has the closing line printed when the process ends. A run that broke off before any test ran (a global set-up that
 * failed, no test found) is one failure.
 */
export function closeWithCounts() {
  process.once('exit', (code) => {
    if (counts === undefined && code === 0) return; // nothing was to run: --listTests, --showConfig
    const { passed, failed, skipped } = counts ?? { passed: 0, failed: 1, skipped: 0 };
    // Not process.stdout: Jest takes away its write function before it exits with an error.
    writeSync(1, `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  });
}
