import { readArguments, usage } from '../../scripts/start/arguments.ts';

test('without arguments a start is fresh and goes on until it is stopped', () => {
  expect({ ...readArguments([]) }).toEqual({ once: false, keep: false, help: false });
});

test.each(['once', 'keep', 'help'])('--%s is taken, alone and with the others, and the usage tells it', (name) => {
  expect({ ...readArguments([`--${name}`]) }).toEqual({ once: false, keep: false, help: false, [name]: true });
  expect({ ...readArguments(['--once', '--keep', '--help']) }).toEqual({ once: true, keep: true, help: true });
  expect(usage).toContain(`--${name} `);
});

test.each([
  ['an unknown option', ['--onec'], /--onec/],
  ['a value for a switch', ['--once=yes'], /--once/],
  ['a word', ['once'], /once/],
])('%s is refused, and named', (_what, args, message) => {
  expect(() => readArguments(args)).toThrow(message);
});
