/**
 * Download the Temporal CLI with the Temporal SDK: usage: download-temporal.mjs FOLDER VERSION
 *
 * The SDK downloads the program in order to start a test environment with it; the environment is closed at once and
 * the program stays in FOLDER, as its only file.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [downloadDir, version] = process.argv.slice(2);
try {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir, version } },
  });
  await environment.teardown();
} catch (error) {
  console.error(String(error.message ?? error).replace(/\s+/g, ' '));
  process.exit(1);
}
