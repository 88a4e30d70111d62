import { z } from 'zod';
import { attribute, isReadable, type AttributeDefinition } from './attributes.ts';
import { compileExpression, MAX_EXPRESSION, type ExpressionType } from './expression.ts';
import { referenceAttributes } from './flow-references.ts';
import { defaultTargets, requiredTargets } from './flow-table.ts';
import { targetFault } from './flow-targets.ts';
import type { ObjectKind } from './objects.ts';

export const attributeName = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'the lDAPDisplayName of an attribute');

const ruleSchema = z
  .strictObject({
    target: attributeName.describe('Attribute of the managed object that the rule fills'),
    from: attributeName.optional().describe('Attribute of the source object whose values it takes over as they are'),
    expression: z
      .string()
      .min(1)
      .max(MAX_EXPRESSION)
      .optional()
      .describe('Expression of the Common Expression Language that makes the values, see docs/flow.md'),
  })
  .refine((rule) => (rule.from === undefined) !== (rule.expression === undefined), {
    message: 'give exactly one of from and expression',
    path: ['target'],
    // What the whole configuration is checked for later takes each rule as one that can be compiled.
    abort: true,
  });

const kindSchema = z.strictObject({
  drop: z
    .array(attributeName)
    .default([])
    .describe('Attributes of the default table that shall not flow: the managed forest keeps and owns what it has'),
  clear: z
    .array(attributeName)
    .default([])
    .describe('Attributes that shall be empty in the managed forest, whatever the source object holds'),
  rules: z
    .array(ruleSchema)
    .max(200)
    .default([])
    .describe(
      'Rules by target. They take the place of the default table for their target; of several rules for one target the first that gives a value wins',
    ),
});

export const flowSchema = z
  .strictObject({
    user: kindSchema.prefault({}).describe('What flows to users'),
    contact: kindSchema.prefault({}).describe('What flows to contacts'),
    group: kindSchema.prefault({}).describe('What flows to groups'),
  })
  .superRefine((value, context) => {
    for (const kind of ['user', 'contact', 'group'] as const)
      for (const { path, message } of faults(kind, value[kind]))
        // What looks at the whole configuration compiles the flow, which only a sound one can be.
        context.addIssue({ code: 'custom', path: [kind, ...path], message, continue: false });
  });

export type FlowSettings = z.output<typeof flowSchema>;
export type KindSettings = z.output<typeof kindSchema>;
export type FlowRuleSettings = KindSettings['rules'][number];

interface Fault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function* faults(kind: ObjectKind, settings: KindSettings): Generator<Fault> {
  const ruled = new Set(settings.rules.map((rule) => rule.target));
  for (const [index, name] of settings.drop.entries()) {
    const path = ['drop', index];
    if (!defaultTargets(kind).includes(name))
      yield { path, message: `${name} does not flow to a ${kind} by the default table` };
    else if (requiredTargets.has(name)) yield { path, message: required(name) };
    else if (ruled.has(name)) yield { path, message: `${name} has rules too; they alone say what flows` };
  }
  for (const [index, name] of settings.clear.entries()) {
    const path = ['clear', index];
    const fault = targetFault(name, kind);
    if (fault !== null) yield { path, message: fault };
    else if (requiredTargets.has(name)) yield { path, message: required(name) };
    else if (ruled.has(name)) yield { path, message: `${name} has rules too` };
    else if (settings.drop.includes(name)) yield { path, message: `${name} is dropped too` };
  }
  for (const [index, rule] of settings.rules.entries()) {
    const fault = targetFault(rule.target, kind);
    if (fault !== null) yield { path: ['rules', index, 'target'], message: fault };
    else yield* ruleFaults(rule, index, settings.rules);
  }
}

function required(name: string): string {
  return `${name} can be transformed by a rule but not left out: delivery and uniqueness rest on it`;
}

function* ruleFaults(rule: FlowRuleSettings, index: number, rules: readonly FlowRuleSettings[]): Generator<Fault> {
  const target = attribute(rule.target);
  if (target === undefined) return;
  if (target.link && rules.findIndex((other) => other.target === rule.target) !== index)
    yield { path: ['rules', index, 'target'], message: `${rule.target} is a reference, which has one rule only` };
  if (rule.from !== undefined) {
    const message = sourceFault(rule.from, target);
    if (message !== null) yield { path: ['rules', index, 'from'], message };
  }
  if (rule.expression !== undefined) {
    const message = expressionFault(rule.expression, target);
    if (message !== null) yield { path: ['rules', index, 'expression'], message };
  }
}

function sourceFault(name: string, target: AttributeDefinition): string | null {
  const source = attribute(name);
  if (source === undefined) return `the attribute ${name} is not known`;
  if (source.name !== name) return `the attribute ${name} is spelled ${source.name}`;
  if (!isReadable(name)) return `${name} can not be looked at`;
  if (source.link !== target.link || (source.link && !referenceAttributes.has(name)))
    return target.link
      ? `${target.name} is a reference, and takes one of ${[...referenceAttributes].join(', ')}`
      : `${name} refers to other objects, and ${target.name} does not`;
  if (source.syntax !== target.syntax)
    return `${name} holds ${SYNTAX[source.syntax]}, and ${target.name} ${SYNTAX[target.syntax]}`;
  if (source.multi && !target.multi)
    return `${name} can have several values in no certain order, and ${target.name} has one; choose by an expression`;
  return null;
}

const SYNTAX: Readonly<Record<AttributeDefinition['syntax'], string>> = {
  text: 'text',
  binary: 'octets',
  guid: 'a GUID',
  sid: 'a security identifier',
  dn: 'a distinguished name',
  integer: 'a whole number',
  int64: 'a large whole number',
  boolean: 'true or false',
  time: 'a time',
  descriptor: 'a security descriptor',
};

/** What an expression must give for a target. */
function expected(target: AttributeDefinition): readonly ExpressionType[] {
  if (target.link) return [];
  if (target.syntax === 'text') return target.multi ? ['text', 'texts'] : ['text'];
  return target.syntax === 'integer' || target.syntax === 'boolean' ? [target.syntax] : [];
}

const TYPE: Readonly<Record<ExpressionType, string>> = {
  text: 'a text',
  texts: 'a list of texts',
  integer: 'a whole number',
  boolean: 'true or false',
};

function expressionFault(text: string, target: AttributeDefinition): string | null {
  const types = expected(target);
  if (types.length === 0)
    return `${target.name} holds ${target.link ? 'references' : SYNTAX[target.syntax]}, which no expression makes; use from`;
  const compiled = compileExpression(text);
  if (!compiled.ok) return compiled.fault;
  const { type } = compiled.expression;
  if (types.includes(type)) return null;
  return `gives ${TYPE[type]}, and ${target.name} takes ${types.map((one) => TYPE[one]).join(' or ')}`;
}
