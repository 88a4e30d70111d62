import { sleep } from '@temporalio/workflow';
import type { CycleRequest, OpenedCycle } from '../activities/types.ts';
import { storing } from './cycle-activities.ts';
import type { CycleView } from './cycle-view.ts';

const LOOK_EVERY = '5 seconds';
/** How often it is looked before it is given up: half an hour. */
const LOOKS = 360;

/** Opens a cycle that an operator waits for: where another one of the forest runs, when that has ended. */
export async function openForest(request: CycleRequest, view: CycleView): Promise<OpenedCycle> {
  for (let looks = 1; ; looks += 1) {
    const answer = await storing.openCycle(request);
    if (answer.opened || looks === LOOKS) return answer;
    view.show(`Waits for \`${answer.holder}\`, which runs.`);
    await sleep(LOOK_EVERY);
  }
}
