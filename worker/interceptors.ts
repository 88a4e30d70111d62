import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { ApplicationFailure } from '@temporalio/common';
import type { Context } from '@temporalio/activity';
import { failureFor } from '../activities/failures.ts';

/** The activity boundary: the one place where an error becomes a failure with a type. */
export class FailureBoundary implements ActivityInboundCallsInterceptor {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      const failure = failureFor(error, this.#context.info.attempt);
      // The log has what the failure leaves out; the SDK logs the failure itself.
      if (failure instanceof ApplicationFailure && failure.type === 'Defect')
        this.#context.log.error('unexpected error', { error });
      throw failure;
    }
  }
}
