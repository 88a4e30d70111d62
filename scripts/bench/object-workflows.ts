import { Attribute, Change } from 'ldapts';
import { connectAdministrator } from '../sample/administrator.ts';
import type { ForestHandle } from '../stack/forest.ts';
import type { BenchProduct } from './product.ts';
import { seconds } from './stages.ts';

/** How many object workflows are measured, where there are as many users. */
const WORKFLOWS = 1000;
const LANES = 8;

/** Workflows a second, from the first start to the end of the last activity. */
export interface ObjectWorkflows {
  readonly workflows: number;
  /** Provisioning a mailbox with the directory driver. */
  readonly perSecond: number;
  /** Empty workflows with one activity on the same worker, before and after. */
  readonly empty: readonly [before: number, after: number];
  /** What the first is of the mean of the others. */
  readonly ratio: number;
}

/**
 * Has users without a mailbox ask for one and measures how fast their object workflows are started and done, beside empty
 * ones.
 *
 * @param ou name of the organizational unit that was seeded
 */
export async function measureObjectWorkflows(
  product: BenchProduct,
  forest: ForestHandle,
  ou: string,
): Promise<ObjectWorkflows> {
  const asked = await askMailboxes(forest, ou, product.configuration.services.attribute);
  // The first ones after a start are slower, of either kind.
  await product.emptyWorkflows(WORKFLOWS / 10);
  const before = asked / (await product.emptyWorkflows(asked));
  const { counts, stages } = await product.cycle('delta');
  const perSecond =
    (counts['provisioned'] ?? 0) / (seconds(stages, 'startServices') + seconds(stages, 'awaitServices'));
  const after = asked / (await product.emptyWorkflows(asked));
  if (counts['provisioned'] !== asked) throw new Error(`not all were provisioned: ${JSON.stringify(counts)}`);
  return { workflows: asked, perSecond, empty: [before, after], ratio: (2 * perSecond) / (before + after) };
}

/** @returns how many users ask for a mailbox that have not before */
async function askMailboxes(forest: ForestHandle, ou: string, attribute: string): Promise<number> {
  const client = await connectAdministrator(forest);
  try {
    const { searchEntries } = await client.search(`OU=Users,OU=${ou},${forest.namingContext}`, {
      scope: 'sub',
      filter: `(&(objectClass=user)(mail=*)(!(${attribute}=*)))`,
      attributes: ['1.1'],
      paged: { pageSize: 1000 },
      timeLimit: 0,
    });
    const asked = searchEntries.slice(0, WORKFLOWS);
    const queue = asked.values();
    const lane = async (): Promise<void> => {
      const modification = new Attribute({ type: attribute, values: ['MBX=50GB;TYPE=EP2D;'] });
      for (const { dn } of queue) await client.modify(dn, new Change({ operation: 'replace', modification }));
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return asked.length;
  } finally {
    await client.unbind();
  }
}
