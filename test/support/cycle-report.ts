import type { CycleReport } from '../../store/progress.ts';

/** The report of a cycle that has just begun, with these fields changed. */
export function cycleReport(more: Partial<CycleReport> = {}): CycleReport {
  return {
    id: '7',
    workflowId: 'cycle/contoso/corp',
    outcome: null,
    startedAt: new Date('2026-08-01T12:00:00Z'),
    endedAt: null,
    counts: {},
    plannedSoFar: 0,
    written: 0,
    failed: 0,
    servicesOpen: 0,
    provisioned: 0,
    blocked: 0,
    stale: [],
    ...more,
  };
}
