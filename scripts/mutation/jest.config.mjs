import { join } from 'node:path';
import { project } from '../../test/support/jest-project.mjs';

/** The unit tests, for a mutation run: a changed rule is tried with the tests of its own module. */
export default project('mutation', ['unit'], {
  roots: ['<rootDir>/rules', '<rootDir>/test'],
  dependencyExtractor: join(import.meta.dirname, 'own-tests.mjs'),
  // The sample and the seed are made by rules' types, but say nothing of the rules.
  testPathIgnorePatterns: ['/node_modules/', 'unit/(?:sample|seed|lint-rooms|cases)\\.test'],
  setupFiles: [join(import.meta.dirname, 'set-up.ts')],
});
