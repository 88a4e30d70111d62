import { attributeChange } from '../rules/change.ts';
import type { Configuration } from '../rules/configuration.ts';
import { evaluate, type Evaluation } from '../rules/evaluate.ts';
import { flowOf, originOf } from '../rules/flow.ts';
import type { Database } from '../store/database.ts';
import type { ForestId } from '../store/forests.ts';
import { identitiesToPlan } from '../store/identities.ts';
import {
  servicesOf,
  sourceStanding,
  timeline,
  type Happening,
  type ServiceStanding,
  type SourceStanding,
} from '../store/object-story.ts';
import { answersAbout, type OperatorAnswer } from '../store/operator-answers.ts';
import { pinsOf } from '../store/pins.ts';
import { stagedSource, type DirtySource } from '../store/source-space.ts';
import { knownUnits } from '../store/source-tree.ts';
import type { PlannedObject } from '../store/plan.ts';
import { answerText } from './list-answers.ts';
import { settingsNow } from './evaluate.ts';
import { plannedObject } from './planned-object.ts';

/** An attribute that the managed object shall hold, and why. */
export interface WantedAttribute {
  readonly attribute: string;
  readonly wanted: readonly string[];
  readonly managed: readonly string[];
  readonly rule: string;
  /** Values of the source attributes that it comes from. */
  readonly from: Readonly<Record<string, readonly string[]>>;
}

/** Everything that is known and decided of one source object. */
export interface Explanation {
  readonly source: DirtySource;
  readonly standing: SourceStanding;
  readonly evaluation: Evaluation;
  readonly attributes: readonly WantedAttribute[];
  /** What the next cycle would write to its managed object, references left out; null when nothing. */
  readonly change: PlannedObject | null;
  readonly services: readonly ServiceStanding[];
  readonly timeline: readonly Happening[];
}

/**
 * Explains one source object by the rules of the cycle themselves: it is evaluated and planned as it is staged now, and nothing is kept of that.
 *
 * @returns null when no such object is staged
 */
export async function explainObject(
  database: Database,
  configuration: Configuration,
  forest: { readonly name: string; readonly id: ForestId },
  guid: string,
  happenings: number,
): Promise<Explanation | null> {
  const [source, standing, settings] = await Promise.all([
    stagedSource(database, forest.id, guid),
    sourceStanding(database, forest.id, guid),
    settingsNow(database, forest.id, configuration, forest.name, knownUnits),
  ]);
  if (source === null || standing === null) return null;
  const evaluation = evaluate(source, settings);
  const { identity } = standing;
  const [services, story, answers, change] = await Promise.all([
    identity === null ? [] : servicesOf(database, identity.id),
    timeline(database, forest.id, guid, identity?.id ?? null, happenings),
    answersAbout(database, forest.id, guid, identity?.id ?? null),
    identity === null ? null : nextChange(database, configuration, forest.name, identity.id, evaluation),
  ]);
  const flow = flowOf(configuration);
  const managed = identity?.managed ?? {};
  const names = [
    ...new Set([...Object.keys(evaluation.wanted), ...differing(configuration, source, evaluation, managed)]),
  ];
  const attributes = names.sort().map((name) => {
    const { rule, sources } = originOf(flow, source.kind, name);
    return {
      attribute: name,
      wanted: evaluation.wanted[name] ?? [],
      managed: managed[name] ?? [],
      rule,
      from: Object.fromEntries(sources.map((from) => [from, source.attributes[from] ?? []])),
    };
  });
  return {
    source,
    standing,
    evaluation,
    attributes,
    change,
    services,
    timeline: withAnswers(story, answers, happenings),
  };
}

/** What happened, with what operators answered and whether their signatures are right; the newest so many. */
function withAnswers(
  story: readonly Happening[],
  answers: readonly OperatorAnswer[],
  limit: number,
): readonly Happening[] {
  const told = answers.map((answer): Happening => {
    const { at, action, subject } = answer;
    return {
      ...{ at, what: 'operator', details: `${action} ${subject} by ${answerText(answer)}` },
      ...{ workflowId: null, before: null, after: null },
    };
  });
  return [...story, ...told].sort((one, other) => one.at.getTime() - other.at.getTime()).slice(-limit);
}

/** Attributes that flow would clear. */
function differing(
  configuration: Configuration,
  { kind }: DirtySource,
  { wanted, inScope }: Evaluation,
  managed: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  if (!inScope || Object.keys(managed).length === 0) return [];
  return Object.keys(attributeChange(flowOf(configuration), kind, wanted, managed, {})?.after ?? {});
}

async function nextChange(
  database: Database,
  configuration: Configuration,
  forest: string,
  identity: string,
  { wanted }: Evaluation,
): Promise<PlannedObject | null> {
  return database.transaction(async (transaction) => {
    const found = (await identitiesToPlan(transaction, [identity])).get(identity);
    if (found === undefined) return null;
    const pins = (await pinsOf(transaction, [identity])).get(identity);
    // What waits for its evaluation is planned by what that will say.
    const current = Object.keys(wanted).length === 0 ? found : { ...found, wanted };
    return plannedObject(current, configuration, forest, pins);
  });
}
