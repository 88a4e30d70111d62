import { closeWithCounts } from './test/support/closing-line-reporter.mjs';

const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'commonjs' } },
  ],
};

/** The tests of some folders of test/. */
function project(displayName, folders, more = {}) {
  return {
    displayName,
    rootDir: import.meta.dirname,
    testEnvironment: 'node',
    testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
    transform,
    ...more,
  };
}

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
  reporters: ['default', '<rootDir>/test/support/closing-line-reporter.mjs'],
};
