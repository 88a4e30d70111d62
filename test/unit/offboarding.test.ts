import { isCancelled } from '../../rules/offboarding.ts';

// Shows: Offboarding / what is being written is written to its end; what waits is ended (none)
test('a cycle that works is let end, and what waits for somebody is cancelled', () => {
  expect(isCancelled('syncCycle', 'Running')).toBe(false);
  expect(isCancelled('syncReport', undefined)).toBe(false);
  expect(isCancelled('syncCycle', 'AwaitingApproval')).toBe(true);
  expect(isCancelled('deprovisionObject', 'Running')).toBe(true);
  expect(isCancelled('provisionObject', 'AwaitingCorrection')).toBe(true);
  expect(isCancelled('onboardCustomer', 'Paused')).toBe(true);
});
