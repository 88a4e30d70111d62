import { join } from 'node:path';

const swc = (syntax) => ['@swc/jest', { jsc: { parser: { syntax }, target: 'es2024' }, module: { type: 'commonjs' } }];
// Packages of ES modules only, which Jest's own module system can not load.
const modules = '(@marcbachmann/cel-js|commander|d3-[a-z-]+|internmap)';
const transform = {
  '^.+\\.ts$': swc('typescript'),
  [`^.+/node_modules/${modules}/.+\\.m?js$`]: swc('ecmascript'),
};
const transformIgnorePatterns = [`/node_modules/(?!${modules}/)`];

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
