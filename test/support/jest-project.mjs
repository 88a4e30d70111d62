import { join } from 'node:path';

const swc = (syntax) => ['@swc/jest', { jsc: { parser: { syntax }, target: 'es2024' }, module: { type: 'commonjs' } }];
const transform = {
  '^.+\\.ts$': swc('typescript'),
  // Packages of ES modules only, which Jest's own module system can not load.
  '^.+/node_modules/(@marcbachmann/cel-js|commander)/.+\\.js$': swc('ecmascript'),
};
const transformIgnorePatterns = ['/node_modules/(?!(@marcbachmann/cel-js|commander)/)'];

/** A Jest project of the tests of some folders of test/. */
export function project(displayName, folders, more = {}) {
  return {
    displayName,
    rootDir: join(import.meta.dirname, '..', '..'),
    testEnvironment: 'node',
    testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
    transform,
    transformIgnorePatterns,
    // Copies of the project, where a mutation run is under way.
    modulePathIgnorePatterns: ['<rootDir>/.itasca/'],
    ...more,
  };
}
