import { seconds, type Stage } from './stages.ts';
import type { RawRates } from './raw-reads.ts';

/** What one whole read into an empty connector space came to, with what the server gives without Itasca, before and after it. */
export interface WholeRead {
  readonly objects: number;
  readonly perSecond: number;
  readonly rawBefore: RawRates;
  readonly rawAfter: RawRates;
}

/** @param stages of a cycle that was ended when it had read */
export function wholeRead(
  objects: number,
  stages: readonly Stage[],
  rawBefore: RawRates,
  rawAfter: RawRates,
): WholeRead {
  return { objects, perSecond: objects / seconds(stages, 'readSource'), rawBefore, rawAfter };
}

/** The figures as lines: each read beside the best raw rate of its own round. */
export function wholeReadLines(reads: readonly WholeRead[]): readonly string[] {
  return reads.map(({ objects, perSecond, rawBefore, rawAfter }) => {
    const best = Math.max(...Object.values(rawBefore), ...Object.values(rawAfter));
    const rates = (raw: RawRates): string =>
      Object.values(raw)
        .map((rate) => rate.toFixed(0))
        .join(', ');
    return `${String(objects)} objects: ${perSecond.toFixed(0)}/s; raw on 1 and 4 connections ${rates(rawBefore)} before and ${rates(rawAfter)} after: ${((100 * perSecond) / best).toFixed(0)} % of the best`;
  });
}
