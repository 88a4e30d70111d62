import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { offeredFunctions, offeredMacros } from '../../rules/expression-functions.ts';
import { compileExpression } from '../../rules/expression.ts';
import { flowSchema } from '../../rules/flow-settings.ts';
import { defaultTargets } from '../../rules/flow-table.ts';
import { flowPage } from '../../scripts/docs/flow-page.ts';

const page = flowPage();

test('docs/flow.md is what `npm run docs:flow` makes of the rules', () => {
  expect(readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'flow.md'), 'utf8')).toBe(page);
});

test('its example is a flow that is accepted', () => {
  const [, yaml] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  const { flow } = parse(yaml ?? '') as { flow: unknown };
  expect(flowSchema.parse(flow).user.rules).toHaveLength(5);
});

// Shows: Flow / a default table per object kind (none)
test.each(['user', 'contact', 'group'] as const)(
  'it tells of every attribute that flows to a %s by default',
  (kind) => {
    const column = ['user', 'contact', 'group'].indexOf(kind) + 2;
    const shown = page
      .split('\n')
      .map((line) => line.split(' | '))
      .filter((cells) => cells[column - 1]?.trim() === 'default')
      .map((cells) => /`(.+)`/.exec(cells[0] ?? '')?.[1]);
    expect(shown.sort()).toEqual([...defaultTargets(kind)].sort());
  },
);

const forms = [...Object.values(offeredFunctions), ...Object.values(offeredMacros)].flatMap(({ form }) =>
  form.split(/, (?=text\.|list\.)/),
);

test.each(forms)('the function %s can be used as it is shown', (form) => {
  const written = form.replace(/^text/, 'value.sn').replace(/^list/, 'values.url');
  expect(compileExpression(written)).toMatchObject({ ok: true });
});
