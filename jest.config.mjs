import { closeWithCounts } from './test/support/closing-line-reporter.mjs';
import { project } from './test/support/jest-project.mjs';

closeWithCounts();

// Jest runs a project's global set-up only when one of its tests is about to run, so the servers stay down for the
// unit and replay tests.
export default {
  projects: [
    project('unit', ['unit']),
    project('replay', ['replay']),
    project('stack', ['integration', 'e2e', 'chaos'], {
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
    }),
  ],
  testTimeout: 60_000,
  maxWorkers: 2,
  reporters: [
    'default',
    '<rootDir>/test/support/slowest-reporter.mjs',
    '<rootDir>/test/support/closing-line-reporter.mjs',
  ],
};
