/** Why the development stack cannot run, in a sentence that tells the operator what to do. */
export class StackError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StackError';
  }
}
