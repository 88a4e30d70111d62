import { sleep } from '@temporalio/workflow';
import type { Cycle } from '../activities/types.ts';
import { storing } from './cycle-activities.ts';
import type { CycleView } from './cycle-view.ts';

const LOOK_EVERY = '5 seconds';

/** Takes a forest that was given back again; waits for the cycle that has it. */
export async function retakeForest(cycle: Cycle, view: CycleView): Promise<void> {
  for (;;) {
    const answer = await storing.retakeForest(cycle);
    if (answer.taken) return;
    view.show(`Waits for \`${answer.holder}\`, which runs.`);
    await sleep(LOOK_EVERY);
  }
}
