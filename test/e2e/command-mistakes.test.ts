import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { commandLine } from '../../scripts/itasca/program.ts';
import { itasca } from '../support/command.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;

beforeAll(async () => {
  product = await openProduct({ worker: false });
});

afterAll(() => product.dispose());

const NOBODY = /There is no customer "nobody"/;

/** An operator's mistakes: the words, and what is said. At least one of each command. */
const MISTAKES: readonly (readonly [command: string, rest: readonly string[], message: RegExp])[] = [
  ['status', ['--loud'], /unknown option '--loud'/],
  ['status', ['--settings', '/nonexistent/itasca.yaml'], /There is no settings file/],
  ['errors list', ['--limit', '0'], /whole number from 1/],
  ['errors list', ['--customer', 'nobody'], NOBODY],
  ['errors show', ['XX1'], /There is no code "XX1"/],
  ['alerts', ['--customer', 'nobody'], NOBODY],
  ['alerts test', [], /The alerts of .* go nowhere/],
  ['sync', ['--customer', 'nobody'], NOBODY],
  ['sync', ['--forest', 'nowhere'], /has no forest "nowhere": corp/],
  ['sync', ['--full', '--object', 'x@contoso.test'], /leave out --full or --object/],
  ['plan', ['--forest', 'nowhere'], /has no forest "nowhere": corp/],
  ['plan', ['--configuration', '/nonexistent/customer.yaml'], /\/nonexistent\/customer\.yaml/],
  ['changes', ['99'], /No changes of cycle 99 wait/],
  ['approve', ['1'], /--hash/],
  ['approve', ['99', '--hash', 'x'], /No changes of cycle 99 wait/],
  ['reject', ['99', '--hash', 'x'], /No changes of cycle 99 wait/],
  ['undo', ['last'], /There is no cycle last/],
  ['undo', ['999999'], /There is no cycle 999999/],
  ['object explain', ['nobody@contoso.test'], /Nothing is staged under "nobody@contoso.test"/],
  ['object explain', [], /missing required argument 'name'/],
  ['config validate', ['/nonexistent/customer.yaml'], /\/nonexistent\/customer\.yaml/],
  ['config schema', ['--output', '/nonexistent/schema.json'], /\/nonexistent\/schema\.json/],
  ['config apply', ['/nonexistent/customer.yaml'], /\/nonexistent\/customer\.yaml/],
  ['config diff', ['/nonexistent/customer.yaml'], /\/nonexistent\/customer\.yaml/],
  ['check', ['nobody'], NOBODY],
  ['cases list', ['--customer', 'nobody'], NOBODY],
  ['cases show', ['nobody@contoso.test'], /nobody@contoso\.test/],
  ['cases approve', ['nobody@contoso.test'], /nobody@contoso\.test/],
  ['cases reject', ['nobody@contoso.test'], /nobody@contoso\.test/],
  ['cases undo', ['nobody@contoso.test'], /nobody@contoso\.test/],
  ['cases choose', ['nobody@contoso.test', 'x'], /nobody@contoso\.test/],
  ['cases choose', ['nobody@contoso.test'], /missing required argument 'managed'/],
  ['reconnect', ['nobody@contoso.test', 'x'], /has no source object "x"/],
  ['reconnect', ['--map', '/nonexistent/map.csv'], /\/nonexistent\/map\.csv/],
  ['maps show', ['9'], /has no map 9/],
  ['maps approve', ['9', '--hash', 'x'], /has no map 9/],
  ['maps reject', ['9', '--hash', 'x'], /has no map 9/],
  ['report make', ['--day', 'yesterday'], /yesterday/],
  ['report make', ['--cycle', '999999'], /has no cycle 999999/],
  ['report list', ['--customer', 'nobody'], NOBODY],
  ['onboard start', ['--rate', 'fast'], /fast/],
  ['onboard start', ['--waves', '/nonexistent/waves.yaml'], /\/nonexistent\/waves\.yaml/],
  ['onboard status', ['--customer', 'nobody'], NOBODY],
  ['onboard pause', [], /No onboarding of .* runs/],
  ['onboard resume', [], /No onboarding of .* runs/],
  ['onboard stop', [], /No onboarding of .* runs/],
  ['onboard approve', [], /No onboarding of .* runs/],
  ['onboard rate', ['fast'], /fast/],
  ['onboard report', ['999'], /999/],
  ['offboard', ['nobody', '--leave'], NOBODY],
  ['offboard status', [], /was never offboarded/],
  ['offboard approve', [], /No offboarding of .* runs/],
  ['offboard pause', [], /No offboarding of .* runs/],
  ['offboard resume', [], /No offboarding of .* runs/],
  ['offboard stop', [], /No offboarding of .* runs/],
  ['operators list', ['--customer', 'nobody'], NOBODY],
  ['operators new-key', ['/nonexistent/key.pem', '--no-passphrase'], /\/nonexistent\/key\.pem/],
  ['operators show-key', ['--key', '/nonexistent/key.pem'], /\/nonexistent\/key\.pem/],
  ['purge', [], /Name a person, or say --everything/],
  ['purge', ['nobody@contoso.test'], /Nothing is staged under/],
  ['views', ['--object', 'nobody@contoso.test'], /is no objectGUID/],
];

// Shows: Command / each command, never a stack trace for an operator's mistake: one message, in text and with --json, and exit code 1 (samba)
test.each(MISTAKES)('itasca %s %j is told without a stack trace', async (command, rest, message) => {
  const words = [...command.split(' '), ...rest];
  const { code, out, err } = await itasca(product, ...words);
  expect(code).toBe(1);
  expect(err).toMatch(message);
  expect(`${out}${err}`).not.toMatch(/\n\s+at /);
  const json = await itasca(product, ...words, '--json');
  expect(json).toMatchObject({ code: 1, err: '' });
  const { error } = JSON.parse(json.out) as { error: string };
  expect(error).toMatch(message);
});

test('a word that is no command is told so', async () => {
  expect(await itasca(product, 'frobnicate')).toMatchObject({
    code: 1,
    err: expect.stringContaining('unknown command') as string,
  });
});

/** The names of all commands that do something, with those of their groups before them. */
async function commands(): Promise<ReadonlyMap<string, Command>> {
  const sink = { write: (): undefined => undefined };
  const found = new Map<string, Command>();
  const walk = ({ commands: below }: Command, path: readonly string[]): void => {
    for (const command of below) {
      const words = [...path, command.name()];
      if (command.commands.length === 0 || BOTH.has(words.join(' '))) found.set(words.join(' '), command);
      walk(command, words);
    }
  };
  walk(await commandLine(() => undefined, sink, sink), []);
  return found;
}

/** Groups that do something by themselves, too. */
const BOTH = new Set(['alerts', 'offboard']);
/** What a group does where nothing more is said. */
const DEFAULTS = new Set(['errors list', 'cases list', 'report make', 'operators list']);

// Shows: Command / each command has a help that says what it does, and a test in text, in JSON and with a mistake (none)
test('no command is without help or tests', async () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));
  const tests = files.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('\n');
  const called = (helper: string, name: string): boolean =>
    [name, ...(DEFAULTS.has(name) ? [name.slice(0, name.indexOf(' '))] : [])].some((words) =>
      new RegExp(`${helper}\\(\\s*product,\\s*'${words.replaceAll(' ', "',\\s*'")}'`).test(tests),
    );
  const found = await commands();
  expect(found.size).toBeGreaterThan(40);
  const lacks = [...found].flatMap(([name, command]) => [
    ...(command.description().length > 10 ? [] : [`${name}: a description`]),
    ...(called('itasca', name) || called('signedBy', name) ? [] : [`${name}: a test in text`]),
    ...(called('itascaJson', name) ? [] : [`${name}: a test with --json`]),
    ...(MISTAKES.some(([command]) => command === name) ? [] : [`${name}: a mistake`]),
  ]);
  expect(lacks).toEqual([]);
});
