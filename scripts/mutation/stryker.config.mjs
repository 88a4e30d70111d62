/**
 * How many changes of the rules the unit tests notice: `npm run mutation`. What is evaluated only once, when a module is loaded
 * (tables, schemas, patterns), is left out: each such change would need all tests in a new process.
 */
export default {
  testRunner: 'jest',
  jest: { projectType: 'custom', configFile: 'scripts/mutation/jest.config.mjs' },
  mutate: ['rules/**/*.ts'],
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  tempDirName: '.itasca/mutation/sandboxes',
  ignorePatterns: ['.itasca'],
  concurrency: 2,
  // Endless loops are told by counting; the clock only has to outlast a busy machine, where a late answer must not count as noticed.
  timeoutMS: 120_000,
  dryRunTimeoutMinutes: 30,
  // As text only: which tests cover which change is more than one JSON text can hold, in the reports and for the next run.
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false },
  thresholds: { high: 90, low: 80, break: 80 },
};
