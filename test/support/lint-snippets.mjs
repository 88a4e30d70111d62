/**
 * Lints the snippets given as JSON on stdin, `[{ filePath, code }]`, by the project's configuration and prints the ids
 * of the rules that fired, `[[ruleId, ...], ...]`, as JSON. Only rules that need no type information are run: the files
 * do not exist. A program of its own because ESLint loads its configuration by import(), which Jest's sandbox refuses.
 */
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';

const RULES = new Set([
  '@typescript-eslint/no-restricted-imports',
  '@typescript-eslint/consistent-type-imports',
  'no-restricted-syntax',
  'no-restricted-globals',
  'no-console',
]);

const eslint = new ESLint({
  cwd: new URL('../..', import.meta.url).pathname,
  overrideConfig: { files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => RULES.has(ruleId),
});

const fired = [];
for (const { filePath, code } of JSON.parse(await text(process.stdin))) {
  const [result] = await eslint.lintText(code, { filePath });
  fired.push(result.messages.map((message) => message.ruleId ?? message.message));
}
process.stdout.write(JSON.stringify(fired));
