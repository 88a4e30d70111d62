import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationPage } from '../../scripts/docs/configuration-page.ts';

const page = configurationPage();

describe('docs/configuration.md', () => {
  test('is what `npm run docs:configuration` makes', () => {
    expect(readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'configuration.md'), 'utf8')).toBe(page);
  });

  test('has a line for a setting within lists, with its default, and one for kinds that are alike', () => {
    expect(page).toContain('| `forests[].domains[].namingContext` | text | must be given |');
    expect(page).toContain('| `cycle.every` | text | `"15m"` |');
    expect(page).toContain('| `guard.disconnected.(user\\|contact\\|group).count` | number');
  });

  test('explains every setting', () => {
    expect(page.split('\n').filter((line) => /^\| `.*\| *\|$/.test(line))).toEqual([]);
  });
});
