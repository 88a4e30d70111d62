import type { Filter } from './filter.ts';
import { compileParsed, type CompiledFilter } from './filter-match.ts';
import type { ObjectKind } from './objects.ts';
import { quoted, quotedList } from './quote.ts';

/** A condition on one attribute, as the configuration has it: exactly one of equals, oneOf, present and absent. */
export interface AttributeCondition {
  readonly attribute: string;
  readonly equals?: string | undefined;
  readonly oneOf?: readonly string[] | undefined;
  readonly present?: true | undefined;
  readonly absent?: true | undefined;
  readonly kinds: readonly ObjectKind[];
}

/** A condition that can be asked of objects. */
export interface CompiledCondition extends CompiledFilter {
  readonly kinds: readonly ObjectKind[];
  /** In the operator's words: `extensionAttribute5 is "NoSync"`. */
  readonly text: string;
}

/** The condition as a filter, so that both compare alike; as text, why it is none. */
export function compileCondition(condition: AttributeCondition): CompiledCondition | string {
  const { attribute, equals, oneOf, present, absent, kinds } = condition;
  if ([equals, oneOf, present, absent].filter((part) => part !== undefined).length !== 1)
    return 'give exactly one of equals, oneOf, present and absent';
  const values = oneOf ?? (equals === undefined ? [] : [equals]);
  const there: Filter = { type: 'present', attribute };
  const filter: Filter =
    absent !== undefined
      ? { type: 'not', filter: there }
      : present !== undefined
        ? there
        : { type: 'or', filters: values.map((value) => ({ type: 'equal', attribute, value })) };
  const compilation = compileParsed(filter);
  if (!compilation.ok) return compilation.fault.message;
  return { ...compilation.compiled, kinds, text: `${attribute} ${words(condition)}` };
}

function words({ equals, oneOf, absent }: AttributeCondition): string {
  if (equals !== undefined) return `is ${quoted(equals)}`;
  if (oneOf !== undefined) return `is one of ${quotedList(oneOf)}`;
  return absent === undefined ? 'is present' : 'is absent';
}
