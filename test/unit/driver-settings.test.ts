import { readSettings, SettingsError } from '../../worker/settings.ts';

const least = { DATABASE_URL: 'postgres://localhost/itasca' };
const program = { ...least, ITASCA_DRIVER_COMMAND: '["/opt/itasca/recipient","--quiet"]' };

test('without a command a worker has no program to call', () => {
  expect(readSettings(least).program).toBeUndefined();
});

// Shows: Drivers / the command driver's program is named in the worker's settings (none)
test('the settings of the worker name the program, its limits and the variables that it may see', () => {
  expect(
    readSettings({
      ...program,
      ITASCA_DRIVER_FOLDER: '/var/lib/itasca',
      ITASCA_DRIVER_VARIABLES: 'KRB5_CONFIG, KRB5CCNAME',
      ITASCA_DRIVER_SECONDS: '30',
      ITASCA_DRIVER_PROGRAMS: '2',
      KRB5_CONFIG: '/etc/krb5.conf',
      SECRET: 'x',
    }).program,
  ).toEqual({
    program: '/opt/itasca/recipient',
    arguments: ['--quiet'],
    folder: '/var/lib/itasca',
    variables: { KRB5_CONFIG: '/etc/krb5.conf' },
    timeLimitMs: 30_000,
    atOnce: 2,
  });
});

test.each([
  ['ITASCA_DRIVER_COMMAND', '/opt/itasca/recipient --quiet', 'JSON array'],
  ['ITASCA_DRIVER_COMMAND', '["recipient"]', 'absolute path'],
  ['ITASCA_DRIVER_COMMAND', '[]', 'ITASCA_DRIVER_COMMAND'],
  ['ITASCA_DRIVER_FOLDER', 'work', 'absolute path'],
  ['ITASCA_DRIVER_SECONDS', '0', 'ITASCA_DRIVER_SECONDS'],
  ['ITASCA_DRIVER_SECONDS', '101', 'ITASCA_DRIVER_SECONDS'],
  ['ITASCA_DRIVER_PROGRAMS', 'many', 'must be a number'],
  ['ITASCA_DRIVER_VARIABLES', 'PATH DATABASE_URL', "worker's own variables"],
  ['ITASCA_DRIVER_VARIABLES', 'TEMPORAL_API_KEY', "worker's own variables"],
])('%s that is %s is refused', (name, value, message) => {
  const read = (): unknown => readSettings({ ...program, [name]: value });
  expect(read).toThrow(SettingsError);
  expect(read).toThrow(message);
  expect(read).toThrow(name);
});
