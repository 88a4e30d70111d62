/** A failure that the operator can do something about: the message says what happened and what to do. */
export class SetupError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = 'SetupError';
  }
}
