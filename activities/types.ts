import type { RunId, RunOutcome, RunProfile } from '../store/runs.ts';
import type { PlanStage } from '../store/plan.ts';

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
}

export type OpenedCycle =
  | { readonly opened: true; readonly cycle: Cycle; readonly writers: number }
  /** Another cycle of the forest runs; this one ends. */
  | { readonly opened: false; readonly holder: string };

/** Why a domain is read whole. */
export type WholeReason =
  'asked for' | 'first read' | 'another controller database' | 'controller restored' | 'other attributes' | 'due';

export interface ReadCounts {
  readonly read: number;
  /** Domains that were read whole rather than by a delta. */
  readonly whole: number;
  readonly changed: number;
  readonly absent: number;
  readonly gone: number;
}

export interface EvaluationCounts {
  readonly evaluated: number;
  readonly inScope: number;
  readonly errors: number;
  readonly joined: number;
  readonly disconnected: number;
}

export interface PlanCounts {
  readonly changes: number;
  readonly pages: number;
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
}

/** The steps of a cycle. */
export interface CycleActivities {
  openCycle(request: CycleRequest): Promise<OpenedCycle>;
  readManaged(cycle: Cycle): Promise<{ readonly read: number }>;
  readSource(cycle: Cycle): Promise<ReadCounts>;
  evaluate(cycle: Cycle): Promise<EvaluationCounts>;
  planObjects(cycle: Cycle): Promise<PlanCounts>;
  planReferences(cycle: Cycle): Promise<PlanCounts>;
  writePage(cycle: Cycle, stage: PlanStage, page: number): Promise<WriteCounts>;
  startServices(cycle: Cycle): Promise<{ readonly started: number }>;
  awaitServices(cycle: Cycle): Promise<Omit<ServiceCounts, 'started'>>;
  confirm(cycle: Cycle): Promise<ConfirmCounts>;
  closeCycle(cycle: Cycle, outcome: RunOutcome): Promise<void>;
}

export interface ProvisionRequest {
  readonly customer: string;
  readonly forest: string;
  readonly configuration: number;
  readonly identity: string;
}

export type ProvisionOutcome =
  | { readonly outcome: 'provisioned'; readonly wrote: boolean }
  | { readonly outcome: 'blocked'; readonly code: string; readonly parkForMs: number }
  /** Nothing is wanted any more, or another workflow has taken over. */
  | { readonly outcome: 'superseded' };

/** The steps of an object workflow. */
export interface ObjectActivities {
  provisionMailbox(request: ProvisionRequest): Promise<ProvisionOutcome>;
  /** Records that provisioning failed in a way that trying again does not mend. */
  blockMailbox(request: ProvisionRequest, failure: string): Promise<ProvisionOutcome>;
}

/** Everything that a worker offers to workflows. */
export type Activities = CycleActivities & ObjectActivities;
