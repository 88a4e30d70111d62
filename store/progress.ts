import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';
import { writeProgress } from './plan.ts';
import { latestRun, type RunReport } from './runs.ts';
import { serviceProgress } from './services.ts';
import { staleDomains, type StaleDomain } from './source-domains.ts';

/** Where the newest run of a forest stands, as an operator sees it. */
export interface CycleReport extends RunReport {
  readonly plannedSoFar: number;
  readonly written: number;
  readonly failed: number;
  readonly servicesOpen: number;
  readonly provisioned: number;
  readonly blocked: number;
  /** Domains that could not be read. */
  readonly stale: readonly StaleDomain[];
}

/** The newest run of a forest and how far it is; null before the first. */
export async function cycleReport(db: Queryable, forest: ForestId): Promise<CycleReport | null> {
  const run = await latestRun(db, forest);
  if (run === null) return null;
  const [writing, services, stale] = await Promise.all([
    writeProgress(db, run.id),
    serviceProgress(db, run.id),
    staleDomains(db, forest),
  ]);
  return {
    ...run,
    plannedSoFar: writing.planned,
    written: writing.written,
    failed: writing.failed,
    servicesOpen: services.provisioning,
    provisioned: services.provisioned,
    blocked: services.blocked,
    stale,
  };
}
