import type { ForestHandle } from '../stack/forest.ts';
import { changeTitles, cookieNow } from './churn.ts';
import type { BenchProduct } from './product.ts';
import { rawDirSyncRate } from './raw-reads.ts';
import { seconds } from './stages.ts';

const CHURN = [0.01, 0.07] as const;
const TIMES = 5;

/** What a delta cycle cost when nothing had changed. */
export interface NoChange {
  /** Median time that the cycle's steps worked, and that the read of the customer forest took of it. */
  readonly seconds: number;
  readonly readSeconds: number;
}

/** Reading what changed, beside the server's own rate. */
export interface DeltaFigure {
  /** Part of the users that changed. */
  readonly churn: number;
  readonly objects: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly raw: Readonly<Record<string, number>>;
}

/** Runs delta cycles after which nothing has changed. */
export async function measureNoChange(product: BenchProduct): Promise<NoChange> {
  const cycles: NoChange[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const { counts, stages } = await product.cycle('delta');
    if ((counts['planned'] ?? 0) + (counts['plannedReferences'] ?? 0) > 0)
      throw new Error(`there was a change: ${JSON.stringify(counts)}`);
    cycles.push({
      seconds: stages.reduce((sum, stage) => sum + (stage.to - stage.from) / 1000, 0),
      readSeconds: seconds(stages, 'readSource'),
    });
  }
  const median = cycles.sort((one, other) => one.seconds - other.seconds)[Math.floor(TIMES / 2)];
  return median ?? { seconds: 0, readSeconds: 0 };
}

/** Changes some of the users, a hundredth first, and measures how fast a delta reads that. */
export async function measureDeltas(
  product: BenchProduct,
  forest: ForestHandle,
  ou: string,
  users: number,
  attributes: readonly string[],
): Promise<readonly DeltaFigure[]> {
  const figures: DeltaFigure[] = [];
  for (const churn of CHURN) {
    const cookie = await cookieNow(forest);
    await changeTitles(forest, ou, Math.round(users * churn), `Employee at ${String(churn)}`);
    const raw: Record<string, number> = {};
    for (const connections of [1, 4, 8])
      raw[String(connections)] = await rawDirSyncRate(forest, attributes, cookie, connections);
    const { counts, stages } = await product.cycle('delta');
    const time = seconds(stages, 'readSource');
    const objects = counts['read'] ?? 0;
    figures.push({ churn, objects, perSecond: objects / time, seconds: time, raw });
  }
  return figures;
}
