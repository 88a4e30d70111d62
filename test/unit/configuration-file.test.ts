import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  configurationJsonSchema,
  ConfigurationRefused,
  readConfigurationFile,
  type ConfigurationProblem,
} from '../../worker/configuration-file.ts';
import { sampleFile } from '../support/sample-configuration.ts';

let folder: string;
let file: string;
let sample: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'itasca-configuration-'));
  file = join(folder, 'config', 'contoso.yaml');
  await mkdir(join(folder, 'config'));
  await mkdir(join(folder, '.itasca'));
  for (const name of ['customer', 'managed'])
    await writeFile(join(folder, '.itasca', `${name}.password`), 'secret\n', { mode: 0o600 });
  sample = await readFile(sampleFile, 'utf8');
});

afterEach(() => rm(folder, { recursive: true }));

/** The sample with one piece of its text replaced, which must be there once. */
function changed(piece: string, by: string): string {
  expect(sample.split(piece)).toHaveLength(2);
  return sample.replace(piece, () => by);
}

/** The line of the first text that begins like this, counted from 1. */
function lineOf(text: string, beginning: string): number {
  return text.split('\n').findIndex((line) => line.trim().startsWith(beginning)) + 1;
}

async function refusal(text: string): Promise<ConfigurationRefused> {
  await writeFile(file, text);
  const answer = await readConfigurationFile(file).catch((error: unknown) => error);
  if (!(answer instanceof ConfigurationRefused)) throw new Error('the file was not refused', { cause: answer });
  return answer;
}

async function problemsOf(text: string): Promise<readonly ConfigurationProblem[]> {
  return (await refusal(text)).problems;
}

test('the sample is valid, and its paths are taken from its own folder', async () => {
  await writeFile(file, sample);
  const configuration = await readConfigurationFile(file);
  expect(configuration.customer).toBe('contoso');
  expect(configuration.managed.passwordFile).toBe(join(folder, '.itasca', 'managed.password'));
  expect(configuration.managed.tls.caFile).toBe(join(folder, '.itasca', 'ca.pem'));
  expect(configuration.forests[0]?.passwordFile).toBe(join(folder, '.itasca', 'customer.password'));
  expect(configuration.forests[0]?.tls.caFile).toBe(join(folder, '.itasca', 'ca.pem'));
});

test('an absolute path stays, and no path is made where there is none', async () => {
  const secret = join(folder, 'elsewhere');
  await writeFile(secret, 'secret', { mode: 0o600 });
  await writeFile(
    file,
    changed('passwordFile: ../.itasca/managed.password', `passwordFile: ${secret}`).replace(
      'passwordFile: ../.itasca/customer.password',
      'passwordEnv: ITASCA_CUSTOMER',
    ),
  );
  const configuration = await readConfigurationFile(file);
  expect(configuration.managed.passwordFile).toBe(secret);
  expect(configuration.forests[0]).toMatchObject({ passwordEnv: 'ITASCA_CUSTOMER' });
  expect(configuration.forests[0]).not.toHaveProperty('passwordFile');
});

describe('secrets', () => {
  test.each([
    ['the managed forest', '  account: svc-itasca-write', '  ', 'managed.password'],
    ['a customer forest', '    account: svc-itasca-read', '    ', 'forests[0].password'],
  ])(
    'a password of %s in the file is refused at its line, and is not in the message',
    async (_what, before, space, key) => {
      const text = changed(before, `${space}password: hunter2\n${before}`);
      const refused = await refusal(text);
      expect(refused.problems).toEqual([
        {
          line: lineOf(text, 'password:'),
          key,
          message: 'a password must not be in the file; name a passwordFile or a passwordEnv',
        },
      ]);
      expect(refused.message).not.toContain('hunter2');
    },
  );

  test.each([
    ['both secrets', 'passwordFile: ../.itasca/managed.password\n  passwordEnv: ITASCA_MANAGED'],
    ['no secret', 'tls: {}'],
  ])('%s is refused', async (what, by) => {
    const piece =
      what === 'no secret'
        ? /passwordFile: \S+managed\.password\n {2}tls:\n.*\n/
        : 'passwordFile: ../.itasca/managed.password';
    const text = sample.replace(piece, () => (what === 'no secret' ? `${by}\n` : by));
    expect(await problemsOf(text)).toEqual([
      {
        line: lineOf(text, 'account: svc-itasca-write'),
        key: 'managed.account',
        message: 'give exactly one of passwordFile and passwordEnv',
      },
    ]);
  });

  test.each([0o644, 0o640, 0o604, 0o660, 0o602])('a password file with mode %o is refused', async (mode) => {
    const secret = join(folder, '.itasca', 'customer.password');
    await chmod(secret, mode);
    expect(await problemsOf(sample)).toEqual([
      {
        line: lineOf(sample, 'passwordFile: ../.itasca/customer.password'),
        key: 'forests[0].passwordFile',
        message: `The password file ${secret} can be read by others. Run: chmod 600 ${secret}`,
      },
    ]);
  });

  test('each password file that is missing is named', async () => {
    await rm(join(folder, '.itasca', 'customer.password'));
    await rm(join(folder, '.itasca', 'managed.password'));
    const problems = await problemsOf(sample);
    expect(problems.map(({ line, key }) => ({ line, key }))).toEqual([
      { line: lineOf(sample, 'passwordFile: ../.itasca/customer.password'), key: 'forests[0].passwordFile' },
      { line: lineOf(sample, 'passwordFile: ../.itasca/managed.password'), key: 'managed.passwordFile' },
    ]);
    for (const { message } of problems) expect(message).toContain('does not exist');
  });
});

describe('a mistake is told with its line, its key and what is wrong', () => {
  test.each<[what: string, piece: string, by: string, at: string, key: string, message: RegExp]>([
    [
      'an unknown key',
      'customer: contoso',
      'customer: contoso\ncutsomer: x',
      'cutsomer:',
      'cutsomer',
      /^is not a known key$/,
    ],
    [
      'an unknown key deep inside',
      '    scope:',
      '    scope:\n      filters: x',
      'filters:',
      'forests[0].scope.filters',
      /^is not a known key$/,
    ],
    [
      'a filter that names an unknown attribute, on several lines',
      '    scope:',
      '    scope:\n      filter: |\n        (&\n          (mail=*)\n          (colour=red)\n        )',
      'filter:',
      'forests[0].scope.filter',
      /^at character 18: the attribute colour is not known$/,
    ],
    [
      'a region that is not configured',
      'defaultRegion: EU\n\nreconnection',
      'defaultRegion: APAC\n\nreconnection',
      'defaultRegion:',
      'exchange.defaultRegion',
      /APAC/,
    ],
    ['a region in small letters', '    NA:\n', '    na:\n', 'na:', 'exchange.regions.na', /in capitals/],
    ['a bad duration', 'every: 30s', 'every: 30', 'every:', 'cycle.every', /string/],
    ['a duration without unit', 'every: 30s', "every: '30'", 'every:', 'cycle.every', /with its unit/],
    ['a number for a name', 'customer: contoso', 'customer: 7', 'customer:', 'customer', /string/],
    ['a missing key', '  homeServer: /o', '  #homeServer: /o', 'exchange:', 'exchange.homeServer', /^is missing$/],
    [
      'a bad item of a list',
      '- OU=Contoso,DC',
      '- Contoso,DC',
      '- Contoso,',
      'forests[0].scope.include[0]',
      /distinguished name/,
    ],
    [
      'a bad item of a list on one line',
      '[contoso.test, contoso.example]',
      '[contoso.test, "@x"]',
      'domains:',
      'domains[1]',
      /DNS domain/,
    ],
  ])('%s', async (_what, piece, by, at, key, message) => {
    const text = changed(piece, by);
    const problems = await problemsOf(text);
    expect(problems).toEqual([{ line: lineOf(text, at), key, message: expect.stringMatching(message) as string }]);
  });

  test('in a later item of a list, where a key is missing', async () => {
    const text = changed(
      'managed:\n',
      '  - name: emea\n    passwordEnv: X\n    account: x\n    scope: { include: ["OU=a,DC=b"] }\nmanaged:\n',
    );
    expect(await problemsOf(text)).toEqual([
      { line: lineOf(text, '- name: emea'), key: 'forests[1].domains', message: 'is missing' },
    ]);
  });

  test('a key that the file lacks as a whole', async () => {
    expect(await problemsOf(changed('customer: contoso\n', ''))).toEqual([
      { line: 1, key: 'customer', message: 'is missing' },
    ]);
  });

  test('all mistakes at once, each in a line that an editor can jump to', async () => {
    const text = changed('customer: contoso', 'customer: Contoso').replace('every: 30s', 'every: soon');
    const refused = await refusal(text);
    expect(refused.message.split('\n')).toEqual([
      `${file}:${lineOf(text, 'customer:')}: customer: a name is 1 to 31 characters: lower-case letters, digits and hyphens, a letter first`,
      `${file}:${lineOf(text, 'every:')}: cycle.every: a duration with its unit: 30s, 15m, 12h or 7d`,
    ]);
  });
});

describe('a file that is no YAML mapping is refused', () => {
  test.each<[what: string, piece: string, by: string, at: string, message: RegExp]>([
    [
      'with a bracket left open',
      '[contoso.test, contoso.example]',
      '[contoso.test, contoso.example',
      'forests:',
      /flow|expected/i,
    ],
    ['with a key twice', 'customer: contoso', 'customer: contoso\ncustomer: adatum', 'customer: adatum', /unique/],
    ['with a tab as indentation', '  name: fabrikam', '\tname: fabrikam', 'name: fabrikam', /[Tt]ab/],
  ])('%s', async (_what, piece, by, at, message) => {
    const text = changed(piece, by);
    const [problem] = await problemsOf(text);
    expect(problem).toEqual({ line: lineOf(text, at), key: '', message: expect.stringMatching(message) as string });
  });

  test.each([
    ['with nothing in it', '', 1, /object/],
    ['that is a list', '- a\n- b\n', 1, /object/],
    ['with an alias that leads nowhere', 'customer: *nobody\n', 1, /nobody/],
    ['with two documents', 'a: 1\n---\nb: 2\n', 2, /multiple documents/],
  ])('%s', async (_what, text, line, message) => {
    const [problem] = await problemsOf(text);
    expect(problem?.message).toMatch(message);
    expect(problem?.line).toBe(line);
  });

  test('that does not exist', async () => {
    const answer = readConfigurationFile(join(folder, 'nowhere.yaml'));
    await expect(answer).rejects.toThrow(ConfigurationRefused);
    await expect(answer).rejects.toThrow(/nowhere\.yaml:1: can not be read: .*ENOENT/);
  });
});

test('config/schema.json is what `npm run config:schema` makes', async () => {
  const committed: unknown = JSON.parse(await readFile(join(sampleFile, '..', 'schema.json'), 'utf8'));
  expect(configurationJsonSchema()).toEqual(committed);
});

test('the schema for editors knows the patterns and refuses unknown keys', () => {
  expect(configurationJsonSchema()).toMatchObject({
    additionalProperties: false,
    required: expect.arrayContaining(['customer', 'domains', 'forests', 'managed']) as unknown,
    properties: {
      customer: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,30}$' },
      managed: { additionalProperties: false, properties: { anchorAttribute: { default: 'msExchImmutableId' } } },
    },
  });
});

// Shows: Flow / a broken expression is refused when the configuration is read, with its line (none)
test('a broken expression and a target that is not allowed are refused with their lines', async () => {
  const text = `${sample}
flow:
  user:
    rules:
      - target: displayName
        expression: value.givenName + value.sm
      - target: sIDHistory
        from: title
`;
  expect(await problemsOf(text)).toEqual([
    {
      line: lineOf(text, 'expression:'),
      key: 'flow.user.rules[0].expression',
      message: 'character 19: the attribute sm is not known',
    },
    {
      line: lineOf(text, '- target: sIDHistory'),
      key: 'flow.user.rules[1].target',
      message: "sIDHistory bears on security and is never written from a customer's values",
    },
  ]);
});

test('an attribute that flow fills can not be the anchor, unless it is dropped', async () => {
  const anchored = changed('  ou: OU=contoso', '  anchorAttribute: extensionAttribute15\n  ou: OU=contoso');
  expect((await problemsOf(anchored)).map((problem) => problem.key)).toEqual(['managed.anchorAttribute']);
  const drop = '{ drop: [extensionAttribute15] }';
  await writeFile(file, `${anchored}\nflow: { user: ${drop}, contact: ${drop}, group: ${drop} }\n`);
  expect((await readConfigurationFile(file)).managed.anchorAttribute).toBe('extensionAttribute15');
});
