import type { SignedAnswer, Undecided } from './answer-types.ts';
import type { AlertActivities } from './alert-types.ts';
import type { CheckActivities } from './check-types.ts';
import type { CleaningActivities } from './cleaning-types.ts';
import type { RunFailure, RunId, RunOutcome, RunProfile } from '../store/runs.ts';
import type { PlanStage } from '../store/plan.ts';
import type { DeprovisionActivities } from './deprovisioning-types.ts';
import type { ConversionActivities, ObjectActivities } from './object-types.ts';
import type { OffboardingActivities } from './offboarding-types.ts';
import type { OnboardingActivities } from './onboarding-types.ts';
import type { MapActivities, ReconnectionActivities } from './reconnection-types.ts';
import type { PreviewCounts, PreviewRequest } from './preview-types.ts';
import type { PurgeActivities } from './purge-types.ts';
import type { ReportActivities } from './report-types.ts';

export type { PlanStage };

/** What the workflow of a cycle needs to know of its customer's configuration. */
export interface CycleSettings {
  /** Pages that are written at the same time. */
  readonly writers: number;
  /** Whether the changes that pass no limit are written while the others wait. */
  readonly others: 'go on' | 'wait';
  /** How long a list waits for its answer. */
  readonly waitForMs: number;
}

/** What names a cycle to its activities: ids and numbers only. */
export interface Cycle {
  readonly run: RunId;
  readonly customer: string;
  readonly forest: string;
  readonly configuration: number;
}

export interface CycleRequest {
  readonly customer: string;
  readonly forest: string;
  readonly profile: RunProfile;
  /** objectGUID of the only source object that is read, where the profile is `object`. */
  readonly object?: string;
}

/** How one object was read. */
export type ReadObjectCounts = Pick<ReadCounts, 'read' | 'changed' | 'unreadable'>;

export type OpenedCycle =
  | { readonly opened: true; readonly cycle: Cycle; readonly settings: CycleSettings }
  /** Another cycle of the forest runs; this one ends. */
  | { readonly opened: false; readonly holder: string };

/** Why a domain is read whole. */
export type WholeReason =
  | 'asked for'
  | 'first read'
  | 'another mode'
  | 'another controller database'
  | 'controller restored'
  | 'controller behind'
  | 'another controller'
  | 'cookie rejected'
  | 'other attributes'
  | 'tombstone lifetime passed'
  | 'the last one was short'
  | 'objects readable again'
  | 'attribute readable again'
  | 'due';

export interface ReadCounts {
  readonly read: number;
  /** Domains that were read whole rather than by a delta. */
  readonly whole: number;
  readonly changed: number;
  readonly absent: number;
  readonly gone: number;
  /** Domains by the mode that they were read in. */
  readonly dirSync: number;
  readonly objectSecurity: number;
  readonly usn: number;
  /** Domains that could not be read. */
  readonly stale: number;
  /** Domains that were not read, because no object in them can be read. */
  readonly unreadable: number;
  /** Domains of which a whole read was too short to be believed. */
  readonly short: number;
  /** Objects that can not be seen any more, but were not deleted. */
  readonly hidden: number;
  /** Attributes that can not be read any more. */
  readonly lostAttributes: number;
  /** Warnings about reading that stand. */
  readonly warnings: number;
}

export interface EvaluationCounts {
  readonly evaluated: number;
  readonly inScope: number;
  readonly errors: number;
  /** Joined by the anchor that we have written. */
  readonly joined: number;
  /** Got a new source object, with the services that they had. */
  readonly reconnected: number;
  /** New source objects that may be somebody known, and wait for an operator or for the old one to go. */
  readonly reconnectionCases: number;
  /** Joined by another rule, or by an operator: managed objects that were there before. */
  readonly adopted: number;
  /** Source objects that wait for an operator, because managed objects match in a way that needs a judgement. */
  readonly joinReview: number;
  /** Managed objects in the customer's organizational units that are no source object's. */
  readonly unmatchedManaged: number;
  /** Source objects that match nothing, so that they are to be created. */
  readonly toCreate: number;
}

export interface PlanCounts {
  readonly changes: number;
  readonly pages: number;
  /** Of these changes, identities that lose their source object. */
  readonly disconnected: number;
  /** Of these changes, those that put right what somebody else changed in the Managed Forest. */
  readonly drifted: number;
  /** Managed objects that somebody else changed and that are left so. */
  readonly driftReported: number;
}

/** A list of changes that waits for an operator's answer. */
export interface HeldList {
  /** Names the content of the list: an answer is to exactly this one. */
  readonly hash: string;
  readonly changes: number;
  /** Which limits were passed, a line each. */
  readonly reasons: readonly string[];
  /** Nothing at all is written before the answer: the first plan of a forest, or an undo. */
  readonly whole: boolean;
  /** Approved by one operator; a second one has to approve it, too. */
  readonly approvedOnce?: true;
}

/** The pages on which the approved changes of a list are. */
export interface ApprovedPages {
  readonly objects: { readonly from: number; readonly pages: number };
  readonly references: { readonly from: number; readonly pages: number };
}

/** What an operator answers to a list. */
export interface HoldAnswer extends SignedAnswer {
  readonly hash: string;
}

export interface WriteCounts {
  readonly written: number;
  readonly failed: number;
}

export interface ServiceCounts {
  readonly started: number;
  readonly provisioned: number;
  readonly blocked: number;
  /** Still running when the cycle stopped waiting. */
  readonly open: number;
}

export interface ConfirmCounts {
  readonly confirmed: number;
  readonly unconfirmed: number;
  /** Pins in force: what was undone or rejected and is not planned again. */
  readonly pinned: number;
  /** What an operator should know of the Managed Forest: replication conflicts, objects moved by hand, short reads. */
  readonly notices: number;
}

/** The steps of a cycle. */
export interface CycleActivities {
  openCycle(request: CycleRequest): Promise<OpenedCycle>;
  readManaged(cycle: Cycle): Promise<{ readonly read: number }>;
  readSource(cycle: Cycle): Promise<ReadCounts>;
  /** Reads one object by its objectGUID instead. */
  readObject(cycle: Cycle, object: string): Promise<ReadObjectCounts>;
  evaluate(cycle: Cycle): Promise<EvaluationCounts>;
  planObjects(cycle: Cycle): Promise<PlanCounts>;
  planReferences(cycle: Cycle): Promise<PlanCounts>;
  planSize(cycle: Cycle, stage: PlanStage): Promise<{ readonly pages: number }>;
  /** What the next steps of a cycle would do; all of it is taken back. */
  preview(cycle: Cycle, request: PreviewRequest): Promise<PreviewCounts>;
  /** Sets aside what passes a limit; the list that waits for an answer, or null. */
  guard(cycle: Cycle, stage: PlanStage): Promise<HeldList | null>;
  /** Null when the answer decides. */
  answerHold(cycle: Cycle, answer: 'approve' | 'reject', given: HoldAnswer): Promise<Undecided | null>;
  applyHold(cycle: Cycle): Promise<ApprovedPages>;
  endHold(cycle: Cycle): Promise<void>;
  /** Gives the forest back while a list waits, so that other cycles of it go on. */
  releaseForest(cycle: Cycle): Promise<void>;
  /** Takes it again; names the workflow that has it. */
  retakeForest(cycle: Cycle): Promise<{ readonly taken: true } | { readonly taken: false; readonly holder: string }>;
  writePage(cycle: Cycle, stage: PlanStage, page: number): Promise<WriteCounts>;
  startServices(cycle: Cycle): Promise<{ readonly started: number }>;
  awaitServices(cycle: Cycle): Promise<Omit<ServiceCounts, 'started'>>;
  confirm(cycle: Cycle): Promise<ConfirmCounts>;
  closeCycle(cycle: Cycle, outcome: RunOutcome, failure?: RunFailure): Promise<void>;
}

/** Which cycle of a forest to turn round. */
export interface UndoRequest {
  readonly customer: string;
  readonly forest: string;
  /** Number of the run. */
  readonly run: string;
}

/** What an undo found of the run that it turns round. */
export interface UndoCounts {
  readonly reversible: number;
  readonly conflicts: number;
}

/** The steps of an undo beside those of a cycle. */
export interface UndoActivities {
  openUndo(request: UndoRequest): Promise<OpenedCycle>;
  planUndo(cycle: Cycle, undone: string): Promise<UndoCounts>;
  pinUndone(cycle: Cycle): Promise<void>;
  markUndone(cycle: Cycle): Promise<void>;
}

/** What an operator says about the managed objects that match a source object. */
export interface JoinDecisionRequest {
  readonly customer: string;
  readonly forest: string;
  /** objectGUID of the source object. */
  readonly object: string;
  /** `adopt` the managed object that is named, `create` a new one, or `wait`: decide later. */
  readonly decision: 'adopt' | 'create' | 'wait';
  /** objectGUID of the managed object to adopt. */
  readonly managed?: string;
  readonly operator: string;
}

export type JoinDecisionOutcome =
  | {
      readonly outcome: 'recorded';
      /** The managed objects to choose from, by objectGUID, with the rules that find them. */
      readonly candidates: readonly { readonly managed: string; readonly rule: string }[];
    }
  | { readonly outcome: 'refused'; readonly reason: string };

export interface JoinActivities {
  decideJoin(request: JoinDecisionRequest): Promise<JoinDecisionOutcome>;
}

/** Everything that a worker offers to workflows. */
export type Activities = AlertActivities &
  CheckActivities &
  CleaningActivities &
  ConversionActivities &
  CycleActivities &
  UndoActivities &
  ObjectActivities &
  DeprovisionActivities &
  ReconnectionActivities &
  MapActivities &
  ReportActivities &
  PurgeActivities &
  OnboardingActivities &
  OffboardingActivities &
  JoinActivities;
