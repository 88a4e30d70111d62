import { PLAIN } from '../../rules/tls-settings.ts';
import { readSettings, SettingsError } from '../../worker/settings.ts';

const least = { DATABASE_URL: 'postgres://localhost/itasca' };
const mail = { ...least, ITASCA_SMTP_URL: 'smtp://mail.fabrikam.test', ITASCA_SMTP_FROM: 'itasca@fabrikam.test' };

test('without them a worker sends no mail', () => {
  expect(readSettings(least).mail).toBeUndefined();
});

test('the settings of the worker name the mail server and where the password is, never the password', () => {
  const { mail: server } = readSettings({
    ...mail,
    ITASCA_SMTP_ACCOUNT: 'itasca',
    ITASCA_SMTP_PASSWORD: 'secret',
    ITASCA_SMTP_CA_FILE: '/etc/itasca/ca.pem',
    ITASCA_SMTP_SERVER_NAME: 'relay.fabrikam.test',
  });
  expect(server).toEqual({
    host: 'mail.fabrikam.test',
    port: 587,
    security: 'starttls',
    from: 'itasca@fabrikam.test',
    caFile: '/etc/itasca/ca.pem',
    serverName: 'relay.fabrikam.test',
    signIn: { account: 'itasca', passwordEnv: 'ITASCA_SMTP_PASSWORD' },
  });
});

test.each([
  ['smtps://mail.fabrikam.test', undefined, { port: 465, security: 'tls' }],
  ['smtps://[::1]:4650', undefined, { host: '::1', port: 4650, security: 'tls' }],
  ['smtp://127.0.0.1:2525', PLAIN, { host: '127.0.0.1', port: 2525, security: 'plain' }],
  ['smtp://127.0.0.1', PLAIN, { port: 25, security: 'plain' }],
])('%s is understood', (url, plain, server) => {
  expect(readSettings({ ...mail, ITASCA_SMTP_URL: url, ITASCA_SMTP_PLAIN: plain }).mail).toMatchObject(server);
});

test.each([
  ['ITASCA_SMTP_URL', 'smtp://itasca:secret@mail.fabrikam.test', 'without an account'],
  ['ITASCA_SMTP_URL', 'mail.fabrikam.test', 'smtps://host'],
  ['ITASCA_SMTP_URL', undefined, 'set ITASCA_SMTP_URL'],
  ['ITASCA_SMTP_FROM', undefined, 'is missing'],
  ['ITASCA_SMTP_FROM', 'Itasca <itasca@fabrikam.test>', 'a mail address'],
  ['ITASCA_SMTP_ACCOUNT', 'itasca', 'needs exactly one'],
  ['ITASCA_SMTP_PASSWORD', 'secret', 'is of no account'],
  ['ITASCA_SMTP_PASSWORD_FILE', 'password', 'absolute path'],
  ['ITASCA_SMTP_PLAIN', 'yes', 'exactly'],
])('%s that is %s is refused', (name, value, message) => {
  const read = (): unknown => readSettings({ ...mail, [name]: value });
  expect(read).toThrow(SettingsError);
  expect(read).toThrow(message);
});

test('what was accepted to be unsecured is not half secured', () => {
  expect(() => readSettings({ ...mail, ITASCA_SMTP_URL: 'smtps://mail', ITASCA_SMTP_PLAIN: PLAIN })).toThrow(
    SettingsError,
  );
  expect(() => readSettings({ ...mail, ITASCA_SMTP_CA_FILE: '/ca.pem', ITASCA_SMTP_PLAIN: PLAIN })).toThrow(
    SettingsError,
  );
});
