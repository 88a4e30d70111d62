import { ResultCodeError } from 'ldapts';

/**
 * The controller cannot be used now: refused, reset, timed out, busy, or it went away in the middle of an answer.
 * Trying again later may help. What was sent but not answered may or may not have been done.
 */
export class DirectoryUnavailable extends Error {
  override readonly name = 'DirectoryUnavailable';
  readonly controller: string;

  constructor(controller: string, message: string, options?: ErrorOptions) {
    super(`${controller}: ${message}`, options);
    this.controller = controller;
  }
}

/** What somebody has to mend before it is tried again. */
export type RefusalKind = 'credentials' | 'tls' | 'rights' | 'configuration';

/** The controller, or our own caution, said no. Trying again without a change will not help. */
export class DirectoryRefused extends Error {
  override readonly name = 'DirectoryRefused';
  readonly controller: string;
  readonly kind: RefusalKind;

  constructor(controller: string, kind: RefusalKind, message: string, options?: ErrorOptions) {
    super(`${controller}: ${message}`, options);
    this.controller = controller;
    this.kind = kind;
  }
}

/** The server did not take a DirSync cookie: throw the watermark away and read the naming context in full. */
export class CookieRejected extends Error {
  override readonly name = 'CookieRejected';
  readonly controller: string;
  readonly namingContext: string;
  readonly code: number;

  constructor(controller: string, namingContext: string, code: number, text: string) {
    super(
      `${controller}: the DirSync cookie for ${namingContext} was not accepted (result code ${code}: ${text}). ` +
        'A full read is needed to start over.',
    );
    this.controller = controller;
    this.namingContext = namingContext;
    this.code = code;
  }
}

/** The connection is gone: the reason that requests in flight fail with. Callers outside see DirectoryUnavailable. */
export class SessionLost extends Error {
  override readonly name = 'SessionLost';
}

/**
 * True for an error that another controller of the domain may not have. A wrong password is not tried on the next one:
 * that would lock the account out the sooner.
 */
export function concernsOneController(error: unknown): error is DirectoryUnavailable | DirectoryRefused {
  return error instanceof DirectoryUnavailable || (error instanceof DirectoryRefused && error.kind === 'tls');
}

/** One error for controllers that were all tried in vain; trying again may help when it may with one of them. */
export function noControllerServes(
  failures: readonly (DirectoryUnavailable | DirectoryRefused)[],
): DirectoryUnavailable | DirectoryRefused {
  const [first, ...others] = failures;
  if (first === undefined || others.length === 0)
    return first ?? new DirectoryRefused('directory', 'configuration', 'no domain controller is configured.');
  const main = failures.find((failure) => failure instanceof DirectoryUnavailable) ?? first;
  const sentences = failures.filter((failure) => failure !== main).map((failure) => failure.message);
  const message = [main.message.slice(main.controller.length + 2), ...sentences].join('; ');
  return main instanceof DirectoryUnavailable
    ? new DirectoryUnavailable(main.controller, message, { cause: main })
    : new DirectoryRefused(main.controller, main.kind, message, { cause: main });
}

/** LDAP result codes (RFC 4511 appendix A) that decide what happens next. */
export const RESULT = {
  operationsError: 1,
  protocolError: 2,
  timeLimitExceeded: 3,
  sizeLimitExceeded: 4,
  strongerAuthRequired: 8,
  referral: 10,
  adminLimitExceeded: 11,
  unavailableCriticalExtension: 12,
  confidentialityRequired: 13,
  noSuchAttribute: 16,
  undefinedAttributeType: 17,
  constraintViolation: 19,
  attributeOrValueExists: 20,
  invalidAttributeSyntax: 21,
  noSuchObject: 32,
  invalidDnSyntax: 34,
  invalidCredentials: 49,
  insufficientAccessRights: 50,
  busy: 51,
  unavailable: 52,
  unwillingToPerform: 53,
  namingViolation: 64,
  objectClassViolation: 65,
  notAllowedOnNonLeaf: 66,
  notAllowedOnRdn: 67,
  entryAlreadyExists: 68,
  objectClassModsProhibited: 69,
} as const;

const OVERLOADED: ReadonlySet<number> = new Set([
  RESULT.timeLimitExceeded,
  RESULT.adminLimitExceeded,
  RESULT.busy,
  RESULT.unavailable,
]);

/** True for an answer that concerns the whole server or connection, not the object that was asked for. */
export function concernsServer(error: ResultCodeError): boolean {
  return OVERLOADED.has(error.code) || (error.code === RESULT.operationsError && lostItsBind(error));
}

/** The server's own text for a result code, without what ldapts adds to it, cut to 300 characters. */
export function serverText(error: ResultCodeError): string {
  const text = error.message
    .replace(/ Code: 0x[0-9a-f]+$/, '')
    .replaceAll('\0', '')
    .trim();
  return text.length > 300 ? `${text.slice(0, 299).toWellFormed()}…` : text;
}

/**
 * Turns a lost connection or a result code into what happened at the controller; anything else (an abort, a mistake of
 * ours) is given back as it is. `doing` names the request, "searching OU=..." for instance.
 */
export function explain(error: unknown, controller: string, doing: string): unknown {
  return error instanceof SessionLost || error instanceof ResultCodeError
    ? directoryError(error, controller, doing)
    : error;
}

export function directoryError(
  error: SessionLost | ResultCodeError,
  controller: string,
  doing: string,
): DirectoryUnavailable | DirectoryRefused {
  if (error instanceof SessionLost) {
    return new DirectoryUnavailable(controller, `the connection failed while ${doing}: ${error.message}`, {
      cause: error,
    });
  }
  const answer = `result code ${error.code}: ${serverText(error)}`;
  if (concernsServer(error)) {
    return new DirectoryUnavailable(controller, `the server could not finish ${doing} (${answer})`, { cause: error });
  }
  switch (error.code) {
    case RESULT.insufficientAccessRights:
      return new DirectoryRefused(controller, 'rights', `the account has no right for ${doing} (${answer})`);
    case RESULT.noSuchObject:
    case RESULT.invalidDnSyntax:
      return new DirectoryRefused(controller, 'configuration', `${doing}: there is no such base (${answer})`);
    case RESULT.referral:
      return new DirectoryRefused(
        controller,
        'configuration',
        `${doing}: this controller does not hold that naming context (${answer}). Name one that does.`,
      );
    case RESULT.operationsError:
      // Servers answer 1 for trouble of their own, time limits in Samba among them.
      return new DirectoryUnavailable(controller, `the server failed at ${doing} (${answer})`, { cause: error });
    default:
      return new DirectoryRefused(controller, 'configuration', `the server refused ${doing} (${answer})`);
  }
}

/** Active Directory (000004DC) and Samba say so with operationsError when the connection is not bound (any more). */
function lostItsBind(error: ResultCodeError): boolean {
  return /000004DC|without authentication/i.test(error.message);
}
