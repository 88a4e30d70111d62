import { z } from 'zod';
import type { StackCoordinates } from '../../scripts/stack/stack.ts';

/** The variable in which the suite's stack is handed from Jest's own process to the test files. */
export const STACK_VARIABLE = 'ITASCA_TEST_STACK';

/** The variable in which the path of the workflow code is handed over, bundled once for the suite. */
export const WORKFLOWS_VARIABLE = 'ITASCA_TEST_WORKFLOWS';

const account = z.object({ account: z.string(), password: z.string() });
const forest = <S extends 'customer' | 'managed'>(side: S) =>
  z.object({
    side: z.literal(side),
    ip: z.string(),
    url: z.string(),
    realm: z.string(),
    netbios: z.string(),
    namingContext: z.string(),
    caFile: z.string(),
    administrator: account,
    service: account.extend({ passwordFile: z.string() }),
    directory: z.string(),
  });
const coordinates = z.object({
  customer: forest('customer'),
  managed: forest('managed'),
  databaseUrl: z.string(),
  temporal: z.object({ address: z.string(), namespace: z.string(), uiUrl: z.string().nullable() }),
}) satisfies z.ZodType<StackCoordinates>;

/** The stack that runs for this suite: two Samba AD forests, PostgreSQL and Temporal, shared by all test files. */
export function testStack(): StackCoordinates {
  const text = process.env[STACK_VARIABLE];
  if (text === undefined)
    throw new Error(`${STACK_VARIABLE} is not set: only tests of the project "stack" have a stack.`);
  return coordinates.parse(JSON.parse(text));
}
