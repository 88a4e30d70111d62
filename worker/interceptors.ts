import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
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
      if (failure !== error) this.#context.log.error('an activity failed', { error });
      throw failure;
    }
  }
}
