import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandPage } from '../../scripts/docs/command-page.ts';

// Shows: Command / docs/command.md holds the help of every command as it is printed (none)
test('docs/command.md is what `npm run docs:command` makes, with each command', async () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'command.md'), 'utf8');
  expect(page).toBe(await commandPage());
  for (const name of [
    'status',
    'errors list',
    'errors show',
    'sync',
    'plan',
    'alerts test',
    'purge',
    'config diff',
    'object explain',
    'check',
    'cases',
  ])
    expect(page).toContain(`### itasca ${name}\n`);
  // What is printed after a command's options is the part that teaches.
  expect(page).toContain('itasca check contoso --json');
});
