import { managedDn } from '../../activities/name-identities.ts';
import { CLASSES } from '../../activities/write-change.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import type { ObjectKind } from '../../rules/objects.ts';
import type { BenchProduct } from './product.ts';
import type { RawObject } from './raw-adds.ts';
import { seconds } from './stages.ts';

/** Objects (of references: link values) a second, and seconds, of one stage of a cycle. */
export interface StageFigure {
  readonly stage: string;
  readonly perSecond: number;
  readonly seconds: number;
}

export interface FirstCycle {
  readonly stages: readonly StageFigure[];
  /** What was added, as it was added. */
  readonly objects: readonly RawObject[];
}

/** Measures the stages of a customer's first cycle into an empty managed forest. */
export async function measureFirstCycle(product: BenchProduct): Promise<FirstCycle> {
  const { counts, stages } = await product.cycle('full');
  const objects = await addedObjects(product);
  const links = await linkCount(product);
  const spent: readonly (readonly [stage: string, count: number, seconds: number])[] = [
    ['read the customer forest, whole', counts['read'] ?? 0, seconds(stages, 'readSource')],
    ['evaluate', counts['evaluated'] ?? 0, seconds(stages, 'evaluate')],
    ['plan objects', objects.length, seconds(stages, 'planObjects')],
    ['write objects', objects.length, seconds(stages, 'writePage', 0)],
    ['read them back', objects.length, seconds(stages, 'readManaged', 1)],
    ['plan references (link values)', links, seconds(stages, 'planReferences')],
    ['write references (link values)', links, seconds(stages, 'writePage', 1)],
    [
      'provision mailboxes, one workflow each',
      counts['provisioned'] ?? 0,
      seconds(stages, 'startServices') + seconds(stages, 'awaitServices'),
    ],
    ['confirm', objects.length, seconds(stages, 'readManaged', 2) + seconds(stages, 'confirm')],
  ];
  const whole = spent.reduce((sum, [, , time]) => sum + time, 0);
  return {
    stages: [...spent, ['whole cycle', objects.length, whole] as const].map(([stage, count, time]) => ({
      stage,
      perSecond: time === 0 ? 0 : count / time,
      seconds: time,
    })),
    objects,
  };
}

async function addedObjects({ database, configuration }: BenchProduct): Promise<readonly RawObject[]> {
  const rows = await database.query<{ cn: string; kind: ObjectKind; after: AttributeImage }>(
    "SELECT i.cn, i.kind, p.after FROM planned_change p JOIN identity i ON i.id = p.identity_id WHERE p.operation = 'add' ORDER BY p.id",
  );
  return rows.map(({ cn, kind, after }) => ({
    dn: managedDn(cn, configuration.managed.ou),
    attributes: { objectClass: CLASSES[kind], ...after },
  }));
}

async function linkCount({ database }: BenchProduct): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    "SELECT coalesce(sum(jsonb_array_length(before) + jsonb_array_length(after)), 0)::int AS count FROM planned_change WHERE operation = 'link'",
  );
  return row?.count ?? 0;
}
