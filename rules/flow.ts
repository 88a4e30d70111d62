import { wantedProxyAddresses } from './addresses.ts';
import { attribute, type AttributeImage } from './attributes.ts';
import type { Configuration } from './configuration.ts';
import type { ObjectError } from './error-catalogue.ts';
import { defaultFlow, defaultReferences } from './flow-table.ts';
import { first, type ObjectKind, type SourceObject } from './objects.ts';

/** The attribute flow of one customer: made once for a configuration, used for each object. */
export interface Flow {
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
}

interface ReferenceFlow {
  /** The reference attribute of the managed object. */
  readonly attribute: string;
  /** The reference attribute of the source object that it comes from. */
  readonly source: string;
}

/** What flow makes of one source object. */
export interface Flowed {
  /**
   * What the managed object shall hold. Covers exactly the attributes that {@link flowOwned} names for the kind; an
   * attribute without values is absent here, and is cleared where the managed object has it.
   */
  readonly wanted: AttributeImage;
  /** The source object with the attributes as they flow: what validation and claims must look at. */
  readonly object: SourceObject;
  readonly errors: readonly ObjectError[];
}

/** Attributes of which flow owns single values, not the whole: a value that none of us wrote is left alone. */
export const valueOwned: ReadonlySet<string> = new Set(['proxyAddresses']);

/** The back links of the reference attributes (MS-ADTS 3.1.1.1.6): what the target of a reference knows of its holders. */
export const backLinks: Readonly<Record<string, string>> = {
  memberOf: 'member',
  directReports: 'manager',
  managedObjects: 'managedBy',
  authOrigBL: 'authOrig',
  unauthOrigBL: 'unauthOrig',
  dLMemSubmitPermsBL: 'dLMemSubmitPerms',
  dLMemRejectPermsBL: 'dLMemRejectPerms',
};

/** Every reference attribute that can flow; the others that a directory has are not staged. */
export const referenceAttributes: ReadonlySet<string> = new Set(Object.values(backLinks));

/** groupType of a universal distribution group and of a universal security group (MS-ADTS 2.2.12). */
const UNIVERSAL = { distribution: '8', security: '-2147483640' } as const;

/** Attributes that flow sets by itself, for kinds of object that can not be without. */
const FIXED: Readonly<Record<ObjectKind, readonly string[]>> = {
  user: ['userAccountControl'],
  contact: [],
  group: ['groupType'],
};

const compiled = new WeakMap<Configuration, Flow>();

/** The attribute flow that a configuration asks for. Configurations do not change, so each is compiled once. */
export function flowOf(configuration: Configuration): Flow {
  const known = compiled.get(configuration) ?? compileFlow();
  compiled.set(configuration, known);
  return known;
}

/** Makes the attribute flow: the default table. */
export function compileFlow(): Flow {
  return { kinds: { user: kindFlow('user'), contact: kindFlow('contact'), group: kindFlow('group') } };
}

function kindFlow(kind: ObjectKind): KindFlow {
  const targets = defaultFlow
    .filter((flow) => flow.kinds.includes(kind))
    .map((flow) => ({ attribute: flow.attribute }));
  return {
    targets,
    references: defaultReferences
      .filter((flow) => flow.kinds.includes(kind))
      .map((flow) => ({ attribute: flow.attribute, source: flow.attribute })),
    owned: [...targets.map((target) => target.attribute), ...FIXED[kind]],
  };
}

/** What flow wants the managed object to hold, from the source object alone. */
export function flowObject(flow: Flow, object: SourceObject): Flowed {
  const wanted: Record<string, readonly string[]> = {};
  for (const target of flow.kinds[object.kind].targets) {
    const values = object.attributes[target.attribute];
    if (values !== undefined && values.length > 0) wanted[target.attribute] = values;
  }
  const proxyAddresses = wantedProxyAddresses(object);
  if (proxyAddresses.length > 0) wanted['proxyAddresses'] = proxyAddresses;
  if (object.kind === 'user') wanted['userAccountControl'] = ['514'];
  if (object.kind === 'group')
    wanted['groupType'] = [isSecurityGroup(object) ? UNIVERSAL.security : UNIVERSAL.distribution];
  return { wanted, object, errors: [] };
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

/** How references are planned: which reference attribute of the source fills which of the managed object. */
export interface ReferenceRule {
  readonly kind: ObjectKind;
  readonly attribute: string;
  readonly source: string;
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
  return unique(referenceRules(flow).map((rule) => rule.source));
}

/** The source attributes that the rules look at, references left out: what a read of the Customer Forest asks for. */
export function sourceAttributes(flow: Flow, provisioningAttribute: string): readonly string[] {
  const identity =
    'objectGUID objectSid objectClass parentGUID name sAMAccountName userAccountControl groupType isCriticalSystemObject whenCreated';
  const evidence =
    'proxyAddresses legacyExchangeDN userPrincipalName employeeID sIDHistory mS-DS-ConsistencyGuid targetAddress homeMDB';
  return unique([
    ...identity.split(' '),
    ...evidence.split(' '),
    ...KINDS.flatMap((kind) => flow.kinds[kind].targets.map((target) => target.attribute)),
    provisioningAttribute,
  ]);
}

const KINDS: readonly ObjectKind[] = ['user', 'contact', 'group'];

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

function isSecurityGroup(object: SourceObject): boolean {
  return Number(first(object.attributes, 'groupType') ?? '0') < 0;
}
