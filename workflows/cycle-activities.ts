import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/types.ts';
import { directoryRead, directoryWrite, heartbeatTimeout, service, state } from './policies.ts';

/** The steps of a cycle, each with the options that its kind of work needs. */
export const reading = proxyActivities<Pick<Activities, 'readManaged' | 'readSource' | 'readObject'>>(directoryRead);

export const writing = proxyActivities<Pick<Activities, 'writePage'>>(directoryWrite);

export const storing = proxyActivities<
  Pick<
    Activities,
    | 'openCycle'
    | 'openUndo'
    | 'evaluate'
    | 'planObjects'
    | 'planReferences'
    | 'planSize'
    | 'preview'
    | 'planUndo'
    | 'pinUndone'
    | 'markUndone'
    | 'guard'
    | 'answerHold'
    | 'applyHold'
    | 'endHold'
    | 'releaseForest'
    | 'retakeForest'
    | 'confirm'
    | 'closeCycle'
  >
>({ ...state, startToCloseTimeout: '2 hours' });

export const services = proxyActivities<Pick<Activities, 'startServices' | 'awaitServices'>>({
  ...service,
  startToCloseTimeout: '12 hours',
  heartbeatTimeout,
});
