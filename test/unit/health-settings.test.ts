import { readSettings, SettingsError } from '../../worker/settings.ts';

const least = { DATABASE_URL: 'postgres://localhost/itasca' };

test('without an address a worker listens nowhere', () => {
  expect(readSettings(least)).not.toHaveProperty('healthAddress');
});

test.each([
  ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
  ['[::1]:9464', { host: '::1', port: 9464 }],
  ['monitoring.fabrikam.test:80', { host: 'monitoring.fabrikam.test', port: 80 }],
])('%s is an address', (text, address) => {
  expect(readSettings({ ...least, ITASCA_HEALTH_ADDRESS: text }).healthAddress).toEqual(address);
});

test.each(['9464', ':9464', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:65536', 'http://127.0.0.1:9464'])(
  '%s is refused by the name of its variable',
  (text) => {
    expect(() => readSettings({ ...least, ITASCA_HEALTH_ADDRESS: text })).toThrow(SettingsError);
    expect(() => readSettings({ ...least, ITASCA_HEALTH_ADDRESS: text })).toThrow(/^ITASCA_HEALTH_ADDRESS: must /);
  },
);
