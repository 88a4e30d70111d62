import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const ROOMS = ['rules', 'directory', 'store', 'activities', 'workflows', 'worker', 'scripts', 'test'];

/** Matches the relative imports that lead into one of the rooms, from any depth. */
const into = (rooms) => `^(\\./)?(\\.\\./)+(${rooms.join('|')})(/|$)`;

/**
 * What a room may import. Rooms that are not named are closed to it, also for types; from `typesOnly` it may take
 * types but no values.
 */
function room(name, { values = [], typesOnly = [], patterns = [] }) {
  const closed = ROOMS.filter((other) => other !== name && !values.includes(other) && !typesOnly.includes(other));
  const open = [...values, ...typesOnly.map((other) => `${other} (types only)`)].join(', ') || 'no other room';
  return {
    name: `itasca/rooms/${name}`,
    files: [`${name}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: into(closed), message: `${name}/ may import from: ${open}. See CONTRIBUTING.md, "Rooms".` },
            ...(typesOnly.length === 0
              ? []
              : [
                  {
                    regex: into(typesOnly),
                    allowTypeImports: true,
                    message: `${name}/ may import only types (import type) from ${typesOnly.join(' and ')}.`,
                  },
                ]),
            ...patterns,
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ImportExpression', message: 'A dynamic import would pass by the check of the rooms.' },
      ],
    },
  };
}

const pure = {
  regex: '^[^.]',
  message:
    'rules/ is pure: it uses neither packages nor Node built-ins (zod is for configuration* and *-settings, CEL for expression* only).',
};
const pureBut = (name) => ({ ...pure, regex: `^(?!\\.|${name}$)` });

const deterministic = {
  regex: '^(?!\\.|@temporalio/(workflow|common)$)',
  message: 'Workflow code runs in the deterministic sandbox: only @temporalio/workflow and @temporalio/common.',
};

const rooms = [
  room('rules', { patterns: [pure] }),
  {
    ...room('rules', { patterns: [pureBut('zod')] }),
    name: 'itasca/rooms/rules/configuration',
    files: ['rules/configuration*.ts', 'rules/configuration*/**/*.ts', 'rules/*-settings.ts'],
  },
  {
    ...room('rules', { patterns: [pureBut('@marcbachmann/cel-js')] }),
    name: 'itasca/rooms/rules/expression',
    files: ['rules/expression*.ts'],
  },
  room('directory', { values: ['rules'] }),
  room('store', { values: ['rules'] }),
  room('activities', { values: ['rules', 'directory', 'store'] }),
  room('workflows', { typesOnly: ['activities', 'rules'], patterns: [deterministic] }),
  room('worker', { values: ['rules', 'directory', 'store', 'activities', 'workflows'] }),
];

const restrictedGlobals = (files, names, message) => ({
  files,
  rules: { 'no-restricted-globals': ['error', ...names.map((name) => ({ name, message }))] },
});

export default defineConfig(
  { ignores: ['node_modules/', '.itasca/', 'coverage/', 'dist/'] },
  { linterOptions: { noInlineConfig: true } },

  {
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'prefer-template': 'error',
    },
  },

  {
    name: 'itasca/typescript',
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    name: 'itasca/plain-node',
    files: ['**/*.mjs'],
    extends: [tseslint.configs.base],
    rules: {
      'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-shadow': 'error',
      'no-throw-literal': 'error',
    },
  },
  { files: ['scripts/**'], rules: { 'no-console': 'off' } },

  ...rooms,
  restrictedGlobals(
    ['rules/**/*.ts'],
    ['process', 'fetch', 'performance', 'setTimeout', 'setInterval', 'setImmediate'],
    'rules/ is pure: pass what it needs as an argument.',
  ),
  restrictedGlobals(['workflows/**/*.ts'], ['process', 'Buffer'], 'The workflow sandbox does not have it.'),
);
