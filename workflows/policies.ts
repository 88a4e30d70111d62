import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';

/** How long a step may be silent before its worker counts as dead. Steps heartbeat every 5 seconds. */
export const heartbeatTimeout = '15 seconds';

/** Steps that only touch PostgreSQL, in seconds. */
export const state: ActivityOptions = {
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout,
  retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
};

/** Reading a directory: as long as it takes, noticed by heartbeats when its worker dies, tried until the directory is back. */
export const directoryRead: ActivityOptions = {
  startToCloseTimeout: '12 hours',
  heartbeatTimeout,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
};

/** A preflight: what can not be reached is a result, so that little is left to be tried again. */
export const preflight: ActivityOptions = {
  startToCloseTimeout: '1 hour',
  heartbeatTimeout,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumAttempts: 5 },
};

/** Writing a page of changes, each of them idempotent. */
export const directoryWrite: ActivityOptions = {
  startToCloseTimeout: '1 hour',
  heartbeatTimeout,
  retry: { initialInterval: '2 seconds', backoffCoefficient: 2, maximumInterval: '2 minutes' },
};

/** Making a report: it reads everything of a customer. */
export const report: ActivityOptions = {
  startToCloseTimeout: '1 hour',
  heartbeatTimeout,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
};

/** Handing a report over: tried until the next daily one is due. */
export const delivery: ActivityOptions = {
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '20 hours',
  heartbeatTimeout,
  retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '30 minutes' },
};

/** Telling an alert: what does not succeed is told by the next look. */
export const alert: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout,
  retry: { initialInterval: '2 seconds', backoffCoefficient: 3, maximumAttempts: 3 },
};

/** One step of a service of one object. */
export const service: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout,
  retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '10 minutes' },
};

/** The same made in place, once: it must be over within the time that a workflow task has. */
export const serviceInPlace: LocalActivityOptions = {
  startToCloseTimeout: '8 seconds',
  retry: { maximumAttempts: 1 },
};
