import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

// The rooms are only worth something while the linter holds them: each row is one line of code in one file.
const IMPORTS = '@typescript-eslint/no-restricted-imports';

const refused: [filePath: string, code: string, ruleId: string][] = [
  ['rules/scope.ts', "import { openPool } from '../store/pool.ts';", IMPORTS],
  ['rules/scope.ts', "import type { Pool } from '../store/pool.ts';", IMPORTS],
  ['rules/errors/catalogue.ts', "import { parseDn } from '../../directory/dn.ts';", IMPORTS],
  ['rules/scope.ts', "import { readFileSync } from 'node:fs';", IMPORTS],
  ['rules/scope.ts', "import { readFileSync } from 'fs';", IMPORTS],
  ['rules/scope.ts', "import { z } from 'zod';", IMPORTS],
  ['rules/configuration.ts', "import { readFileSync } from 'node:fs';", IMPORTS],
  ['rules/flow-settings.ts', "import { Environment } from '@marcbachmann/cel-js';", IMPORTS],
  ['rules/expression.ts', "import { z } from 'zod';", IMPORTS],
  ['rules/configuration.ts', "import { openPool } from '../store/pool.ts';", IMPORTS],
  ['rules/scope.ts', "export { openPool } from '../store/pool.ts';", IMPORTS],
  ['rules/scope.ts', "export const pool = import('../store/pool.ts');", 'no-restricted-syntax'],
  ['rules/scope.ts', 'export const home = process.env;', 'no-restricted-globals'],

  ['directory/client.ts', "import { openPool } from '../store/pool.ts';", IMPORTS],
  ['directory/client.ts', "import type { ReadPage } from '../activities/read.ts';", IMPORTS],
  ['store/objects.ts', "import type { Entry } from '../directory/entry.ts';", IMPORTS],
  ['store/objects.ts', "import { log } from '../worker/log.ts';", IMPORTS],

  ['activities/read.ts', "import { syncCycle } from '../workflows/sync-cycle.ts';", IMPORTS],
  ['activities/read.ts', "import type { Settings } from '../worker/settings.ts';", IMPORTS],
  ['activities/read.ts', "import { seed } from '../scripts/seed.ts';", IMPORTS],

  ['workflows/sync-cycle.ts', "import { createActivities } from '../activities/index.ts';", IMPORTS],
  ['workflows/sync-cycle.ts', "import { evaluate } from '../rules/evaluate.ts';", IMPORTS],
  ['workflows/sync-cycle.ts', "import { createHash } from 'node:crypto';", IMPORTS],
  ['workflows/sync-cycle.ts', "import { z } from 'zod';", IMPORTS],
  ['workflows/sync-cycle.ts', "import { Client } from '@temporalio/client';", IMPORTS],
  ['workflows/sync-cycle.ts', "import type { Pool } from '../store/pool.ts';", IMPORTS],
  ['workflows/sync-cycle.ts', "import type { Entry } from '../directory/entry.ts';", IMPORTS],
  ['workflows/sync-cycle.ts', "import type { Settings } from '../worker/settings.ts';", IMPORTS],
  ['workflows/sync-cycle.ts', "import type { Seed } from '../scripts/seed.ts';", IMPORTS],
  [
    'workflows/sync-cycle.ts',
    "export type Pool = import('../store/pool.ts').Pool;",
    '@typescript-eslint/consistent-type-imports',
  ],

  ['worker/main.ts', "import { seed } from '../scripts/seed.ts';", IMPORTS],
  ['worker/main.ts', "import { testStack } from '../test/support/stack.ts';", IMPORTS],
  ['worker/main.ts', "console.log('up');", 'no-console'],
];

const allowed: [filePath: string, code: string][] = [
  ['rules/scope.ts', "import { parse } from './dn.ts';"],
  ['rules/errors/catalogue.ts', "import { parse } from '../dn.ts';"],
  ['rules/configuration.ts', "import { z } from 'zod';"],
  ['rules/configuration/schema.ts', "import { z } from 'zod';"],
  ['rules/flow-settings.ts', "import { z } from 'zod';"],
  ['rules/expression.ts', "import { Environment } from '@marcbachmann/cel-js';"],
  ['directory/client.ts', "import { Client } from 'ldapts';"],
  ['directory/client.ts', "import { parse } from '../rules/dn.ts';"],
  ['store/objects.ts', "import { hash } from '../rules/hash.ts';"],
  ['activities/read.ts', "import { hash } from '../rules/hash.ts';"],
  ['activities/read.ts', "import { read } from '../directory/read.ts';"],
  ['activities/read.ts', "import { openPool } from '../store/pool.ts';"],
  ['workflows/sync-cycle.ts', "import { sleep } from '@temporalio/workflow';"],
  ['workflows/sync-cycle.ts', "import type { Activities } from '../activities/index.ts';"],
  ['workflows/sync-cycle.ts', "import type { Plan } from '../rules/plan.ts';"],
  ['workflows/sync-cycle.ts', "import { cycleId } from './ids.ts';"],
  ['worker/main.ts', "import { createActivities } from '../activities/index.ts';"],
  ['worker/main.ts', "import { openPool } from '../store/pool.ts';"],
  ['scripts/start.ts', "import { main } from '../worker/main.ts'; console.log(main);"],
  ['test/e2e/cycle.test.ts', "import { seed } from '../../scripts/seed.ts';"],
];

function lint(snippets: (readonly [filePath: string, code: string, ...rest: string[]])[]): string[][] {
  const program = join(import.meta.dirname, '../support/lint-snippets.mjs');
  const input = JSON.stringify(snippets.map(([filePath, code]) => ({ filePath, code: `${code}\n` })));
  return JSON.parse(execFileSync(process.execPath, [program], { input, encoding: 'utf8' })) as string[][];
}

describe('the rooms', () => {
  const fired = lint([...refused, ...allowed]);

  test.each(refused.map((row, index) => [...row, index] as const))(
    '%s may not say: %s',
    (_path, _code, ruleId, index) => {
      expect(fired[index]).toContain(ruleId);
    },
  );

  test.each(allowed.map((row, index) => [...row, refused.length + index] as const))(
    '%s may say: %s',
    (_path, _code, index) => {
      expect(fired[index]).toEqual([]);
    },
  );
});
