import { attribute } from './attributes.ts';
import type { Configuration } from './configuration.ts';
import { compileExpression, type ExpressionResult } from './expression.ts';
import type { FlowRuleSettings, FlowSettings, KindSettings } from './flow-settings.ts';
import { defaultFlow, defaultReferences } from './flow-table.ts';
import type { ObjectKind, SourceObject } from './objects.ts';

/** The attribute flow of one customer: made once for a configuration, used for each object. */
export interface Flow {
  readonly customer: string;
  readonly kinds: Readonly<Record<ObjectKind, KindFlow>>;
}

/** What flows to the managed objects of one kind. */
interface KindFlow {
  readonly targets: readonly TargetFlow[];
  readonly references: readonly ReferenceFlow[];
  /** The attributes that flow owns, references left out. */
  readonly owned: readonly string[];
}

interface TargetFlow {
  readonly attribute: string;
  /** In the order of their precedence; null for the source attribute of the same name, taken over as it is. */
  readonly rules: readonly FlowRule[] | null;
}

export interface FlowRule {
  /** The rule as an operator finds it: its place in the configuration. */
  readonly place: string;
  readonly attributes: readonly string[];
  readonly give: (object: SourceObject, customer: string) => ExpressionResult;
}

interface ReferenceFlow {
  /** The reference attribute of the managed object. */
  readonly attribute: string;
  /** The reference attribute of the source object that it comes from; null when it shall be empty. */
  readonly source: string | null;
}

/** Attributes of which flow owns single values, not the whole: a value that none of us wrote is left alone. */
export const valueOwned: ReadonlySet<string> = new Set(['proxyAddresses', 'showInAddressBook']);

/** Attributes that flow sets by itself, for kinds of object that can not be without. */
const FIXED: Readonly<Record<ObjectKind, readonly string[]>> = {
  user: ['userAccountControl'],
  contact: [],
  group: ['groupType'],
};

const KINDS: readonly ObjectKind[] = ['user', 'contact', 'group'];

const NO_SETTINGS: KindSettings = { drop: [], clear: [], rules: [] };

const compiled = new WeakMap<Configuration, Flow>();

/** The attribute flow that a configuration asks for. Configurations do not change, so each is compiled once. */
export function flowOf(configuration: Configuration): Flow {
  const known = compiled.get(configuration) ?? compileFlow(configuration.customer, configuration.flow);
  compiled.set(configuration, known);
  return known;
}

/** Makes the attribute flow that accepted settings ask for: the default table where they say nothing. */
export function compileFlow(
  customer: string,
  settings: FlowSettings = { user: NO_SETTINGS, contact: NO_SETTINGS, group: NO_SETTINGS },
): Flow {
  return {
    customer,
    kinds: {
      user: kindFlow('user', settings.user),
      contact: kindFlow('contact', settings.contact),
      group: kindFlow('group', settings.group),
    },
  };
}

function kindFlow(kind: ObjectKind, { drop, clear, rules }: KindSettings): KindFlow {
  const ruled = [...new Set(rules.map((rule) => rule.target))];
  const special = new Set([...drop, ...clear, ...ruled]);
  const byDefault = (table: typeof defaultFlow): readonly string[] =>
    table.filter((flow) => flow.kinds.includes(kind) && !special.has(flow.attribute)).map((flow) => flow.attribute);
  const isReference = (name: string): boolean => attribute(name)?.link === true;
  const rulesOf = (target: string): readonly FlowRule[] =>
    rules.flatMap((rule, index) => (rule.target === target ? [flowRule(rule, `flow.${kind}.rules[${index}]`)] : []));
  const targets = [
    ...byDefault(defaultFlow).map((name) => ({ attribute: name, rules: null })),
    ...clear.filter((name) => !isReference(name)).map((name) => ({ attribute: name, rules: [] })),
    ...ruled.filter((name) => !isReference(name)).map((name) => ({ attribute: name, rules: rulesOf(name) })),
  ];
  return {
    targets,
    references: [
      ...byDefault(defaultReferences).map((name) => ({ attribute: name, source: name })),
      ...clear.filter(isReference).map((name) => ({ attribute: name, source: null })),
      ...rules.flatMap(({ target, from }) =>
        isReference(target) ? [{ attribute: target, source: from ?? null }] : [],
      ),
    ],
    owned: [...targets.map((target) => target.attribute), ...FIXED[kind]],
  };
}

function flowRule({ from, expression }: FlowRuleSettings, place: string): FlowRule {
  if (from !== undefined)
    return { place, attributes: [from], give: ({ attributes }) => ({ ok: true, values: attributes[from] ?? [] }) };
  const compiledExpression = compileExpression(expression ?? '');
  if (!compiledExpression.ok) throw new Error(`${place} was accepted, but ${compiledExpression.fault}`);
  const { attributes, evaluate } = compiledExpression.expression;
  return { place, attributes, give: evaluate };
}

/** The attributes of a managed object that flow owns, whole or (see {@link valueOwned}) by value; references left out. */
export function flowOwned(flow: Flow, kind: ObjectKind): readonly string[] {
  return flow.kinds[kind].owned;
}

/** The reference attributes of a managed object that flow owns. */
export function referencesOf(flow: Flow, kind: ObjectKind): readonly string[] {
  return flow.kinds[kind].references.map((reference) => reference.attribute);
}

/** All that flow owns of managed objects of any kind: what a read of the Managed Forest must ask for. */
export function ownedAttributes(flow: Flow): readonly string[] {
  return unique(KINDS.flatMap((kind) => [...flowOwned(flow, kind), ...referencesOf(flow, kind)]));
}

/** Which rules say what these attributes of a managed object shall hold, for the record of a change. */
export function rulesFor(flow: Flow, kind: ObjectKind, attributes: readonly string[]): string {
  const special = flow.kinds[kind].targets.flatMap(({ attribute: name, rules }) => {
    if (rules === null || !attributes.includes(name)) return [];
    return `${name} by ${rules.length === 0 ? `flow.${kind}.clear` : rules.map((rule) => rule.place).join(' or ')}`;
  });
  return special.length === 0 ? 'default attribute flow' : `attribute flow: ${special.join(', ')}`;
}

/** Where an attribute of a managed object comes from: by which rule, from which attributes of the source object. */
export function originOf(
  flow: Flow,
  kind: ObjectKind,
  name: string,
): { readonly rule: string; readonly sources: readonly string[] } {
  const target = flow.kinds[kind].targets.find(({ attribute: its }) => its === name);
  const sources =
    target === undefined
      ? []
      : target.rules === null
        ? [name]
        : unique(target.rules.flatMap((rule) => rule.attributes));
  return { rule: target === undefined ? `always for a ${kind}` : rulesFor(flow, kind, [name]), sources };
}

/** How references are planned: which reference attribute of the source fills which of the managed object. */
export interface ReferenceRule {
  readonly kind: ObjectKind;
  readonly attribute: string;
  /** Null when the managed object's shall be empty. */
  readonly source: string | null;
  /** The attribute holds one value. */
  readonly single: boolean;
}

/** The reference rules of a flow, of all kinds. */
export function referenceRules(flow: Flow): readonly ReferenceRule[] {
  return KINDS.flatMap((kind) =>
    flow.kinds[kind].references.map((reference) => ({
      kind,
      ...reference,
      single: attribute(reference.attribute)?.multi === false,
    })),
  );
}

/** The reference attributes of source objects that flow looks at. */
export function referenceSources(flow: Flow): readonly string[] {
  return unique(referenceRules(flow).flatMap((rule) => rule.source ?? []));
}

/** What the rules look at whatever flows: identity, scope, joining, validation and claims. */
const ALWAYS_READ =
  `objectGUID objectSid objectClass parentGUID name sAMAccountName userAccountControl groupType isCriticalSystemObject
   whenCreated mail mailNickname displayName proxyAddresses targetAddress legacyExchangeDN userPrincipalName employeeID
   sIDHistory mS-DS-ConsistencyGuid homeMDB`.split(/\s+/);

/**
 * The source attributes that the rules look at, references left out: what a read of the Customer Forest asks for.
 *
 * @param deciding those that decide about services
 */
export function sourceAttributes(flow: Flow, deciding: readonly string[]): readonly string[] {
  return unique([
    ...ALWAYS_READ,
    ...KINDS.flatMap((kind) =>
      flow.kinds[kind].targets.flatMap((target) =>
        target.rules === null ? [target.attribute] : target.rules.flatMap((rule) => rule.attributes),
      ),
    ),
    ...deciding,
  ]);
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
