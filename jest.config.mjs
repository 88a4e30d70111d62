import { closeWithCounts } from './test/support/closing-line-reporter.mjs';

const swc = (syntax) => ['@swc/jest', { jsc: { parser: { syntax }, target: 'es2024' }, module: { type: 'commonjs' } }];
const transform = {
  '^.+\\.ts$': swc('typescript'),
  // A package of ES modules only, which Jest's own module system can not load.
  '^.+/@marcbachmann/cel-js/.+\\.js$': swc('ecmascript'),
};
const transformIgnorePatterns = ['/node_modules/(?!@marcbachmann/cel-js/)'];

/** The tests of some folders of test/. */
function project(displayName, folders, more = {}) {
  return {
    displayName,
    rootDir: import.meta.dirname,
    testEnvironment: 'node',
    testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
    transform,
    transformIgnorePatterns,
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
