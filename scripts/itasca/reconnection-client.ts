import { WithStartWorkflowOperation } from '@temporalio/client';
import { meant } from '../../activities/answer-reconnection.ts';
import type { ReconnectionAnswer } from '../../activities/reconnection-types.ts';
import { objectSubject, pairSubject } from '../../rules/operator-statement.ts';
import type { FoundObject } from '../../store/look-up-objects.ts';
import { reconnectionOf } from '../../store/reconnection-cases.ts';
import { migrationId, reconnectionId } from '../../workflows/ids.ts';
import type { CaseAnswer } from '../../workflows/messages.ts';
import type { migrateServices } from '../../workflows/migrate-services.ts';
import type { reconnectServices } from '../../workflows/reconnect-services.ts';
import { Mistake } from './mistake.ts';
import type { Session } from './session.ts';
import { answerBy, signs, type Answering } from './signing.ts';

/** What an operator says of a new source object. */
export interface Decision {
  readonly decision: ReconnectionAnswer['decision'];
  /** With `choose`: the managed object, by objectGUID, DN or mail address. */
  readonly managed?: string;
}

/** What became of an answer. */
export interface CaseAnswered {
  readonly operator: string;
  readonly signed: boolean;
  readonly said: string;
  /** Another operator has to approve it, too. */
  readonly waits: boolean;
}

/**
 * Answers the case of a new source object by an update of its workflow, which is started where it does not run.
 *
 * @throws WorkflowUpdateFailedError when it is refused, with the reason as its cause
 */
export async function answerCase(
  session: Session,
  customer: string,
  object: FoundObject,
  { decision, managed }: Decision,
  who: Answering,
): Promise<CaseAnswered> {
  const { forest, guid } = object;
  const workflowId = reconnectionId(customer, forest, guid);
  const subject = signs(session, who)
    ? await subjectOf(session, customer, object, { decision, ...named(managed) })
    : '';
  const answer = await answerBy(session, who, { customer, action: decision, workflowId, subject });
  const temporal = await session.temporal();
  const said = await temporal.workflow.executeUpdateWithStart<typeof reconnectServices, string, [CaseAnswer]>(
    decision,
    {
      args: [{ ...answer, ...named(managed) }],
      startWorkflowOperation: new WithStartWorkflowOperation<typeof reconnectServices>('reconnectServices', {
        args: [{ customer, forest, object: guid }],
        taskQueue: session.settings.taskQueue,
        workflowId,
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `Reconnection of the source object ${guid}`,
      }),
    },
  );
  const found = await reconnectionOf(session.database, object.forestId, guid);
  const isApproval = decision === 'approve' || decision === 'choose';
  const waits = isApproval && found?.state === 'open';
  return { operator: answer.operator, signed: answer.signature !== undefined, said, waits };
}

/** What is signed: the pair that the operator has looked at, or the object that is none of its candidates. */
async function subjectOf(
  { database }: Session,
  customer: string,
  { forest, forestId, guid }: FoundObject,
  { decision, managed }: Decision,
): Promise<string> {
  if (decision === 'reject' || decision === 'undo') return objectSubject(forest, guid);
  const identity = await meant(database, customer, await reconnectionOf(database, forestId, guid), decision, managed);
  if (typeof identity !== 'string') throw new Mistake(`Refused: ${identity.fault}.`);
  return pairSubject(forest, guid, identity);
}

function named(managed: string | undefined): { readonly managed?: string } {
  return managed === undefined ? {} : { managed };
}

/** Starts the workflow of a migration map, which checks it and waits for its approval. */
export async function startMigration(session: Session, customer: string, map: string): Promise<string> {
  const temporal = await session.temporal();
  const handle = await temporal.workflow.start<typeof migrateServices>('migrateServices', {
    args: [{ customer, map }],
    taskQueue: session.settings.taskQueue,
    workflowId: migrationId(customer, map),
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `Migration map ${map} of ${customer}`,
  });
  return handle.workflowId;
}
