import { z } from 'zod';

/** How much of one thing a cycle may do without being asked. */
export interface Limit {
  readonly count: number;
  /** 0 to 100. */
  readonly percent: number;
  readonly few: number;
}

function limit(standard: Limit) {
  return z
    .strictObject({
      count: z.int().min(0).default(standard.count).describe('Up to this many in one cycle'),
      percent: z
        .number()
        .min(0)
        .max(100)
        .default(standard.percent)
        .describe('and up to this share of those that there are'),
      few: z.int().min(0).default(standard.few).describe('This many or fewer are never held for their share'),
    })
    .prefault({});
}

function perKind(standard: Limit) {
  return z.strictObject({ user: limit(standard), contact: limit(standard), group: limit(standard) }).prefault({});
}

const CLEARED: Limit = { count: 100, percent: 5, few: 10 };
const CHANGED: Limit = { count: 2000, percent: 25, few: 100 };

/** The guard: what a cycle may do by itself, and what waits for an operator. */
export const guardSchema = z.strictObject({
  others: z
    .enum(['go on', 'wait'])
    .default('go on')
    .describe('Whether the changes that pass no limit are written while the others wait for an answer'),
  waitFor: z
    .string()
    .regex(/^[1-9]\d{0,6}(?:s|m|h|d)$/, 'a duration with its unit: 30s, 15m, 12h or 7d')
    .default('7d')
    .describe('How long a list waits for its answer; then it is dropped, and the next cycle asks again'),
  firstPlan: z
    .enum(['approve', 'waive'])
    .default('approve')
    .describe("Whether the plan of a forest's first cycle waits for approval as a whole"),
  deleted: perKind({ count: 10, percent: 2, few: 2 }).describe('Managed objects that are deleted, by object kind'),
  disconnected: perKind({ count: 100, percent: 5, few: 5 }).describe(
    'Identities that lose their source object, by object kind',
  ),
  removedMembers: perKind({ count: 1000, percent: 10, few: 20 }).describe(
    'Members that leave groups, by the object kind of the member',
  ),
  cleared: limit(CLEARED).describe('Values of one attribute that are cleared'),
  changed: limit(CHANGED).describe('Values of one attribute that are replaced by others'),
  attributes: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'the lDAPDisplayName of an attribute'),
      z.strictObject({ cleared: limit(CLEARED).optional(), changed: limit(CHANGED).optional() }),
    )
    .default({})
    .describe('Limits of single attributes, instead of the ones above'),
});

export type GuardSettings = z.output<typeof guardSchema>;
