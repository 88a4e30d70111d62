/** What an operator says to something that waits, or wants erased. */
export type AnswerAction = 'approve' | 'reject' | 'choose' | 'undo' | 'purge';

/** What an operator signs. */
export interface Statement {
  readonly customer: string;
  readonly operator: string;
  readonly action: AnswerAction;
  /** Id of the workflow that the answer is given to. */
  readonly workflowId: string;
  /** Exactly what is answered: see {@link listSubject} and those below it. */
  readonly subject: string;
  /** When it was signed: ISO 8601, UTC, with milliseconds. */
  readonly at: string;
}

/** Another meaning of what is signed gets another number: no signature of one counts for the other. */
const KIND = 'itasca answer 1';

/**
 * The text that is signed, as UTF-8: a JSON array, so that no two statements have the same text. Kept with the signature.
 */
export function statementText({ customer, operator, action, workflowId, subject, at }: Statement): string {
  return JSON.stringify([KIND, customer, operator, action, workflowId, subject, at]);
}

/** Whether a text is a statement that says this: of what is kept beside a signature, only what was signed counts. */
export function states(
  text: string,
  { operator, action, subject }: Omit<Statement, 'customer' | 'workflowId' | 'at'>,
): boolean {
  const parts: unknown = JSON.parse(text);
  return (
    Array.isArray(parts) && parts[0] === KIND && parts[2] === operator && parts[3] === action && parts[5] === subject
  );
}

/** A list of changes, by the number of its run and the whole SHA-256 of what it holds, in hexadecimal. */
export function listSubject(run: string, digest: string): string {
  return `list ${run} ${digest}`;
}

/** A new source object that is to get the services of an identity. */
export function pairSubject(forest: string, object: string, identity: string): string {
  return `pair ${forest}/${object} ${identity}`;
}

/** A new source object that is none of its candidates, or whose reconnection is to be turned round. */
export function objectSubject(forest: string, object: string): string {
  return `object ${forest}/${object}`;
}

/** A migration map, by its number and the whole SHA-256 of the pairs that are right, in hexadecimal. */
export function mapSubject(map: string, digest: string): string {
  return `map ${map} ${digest}`;
}

/** The waves of an onboarding that come after its pilot, by its number; they are not changed once it has begun. */
export function pilotSubject(onboarding: string): string {
  return `onboarding ${onboarding}`;
}

/** What is to be erased: a person by the objectGUID of a source object, or everything of the customer. */
export function purgeSubject(
  person: { readonly forest: string; readonly guid: string } | null,
  leavesObjects: boolean,
): string {
  if (person !== null) return `person ${person.forest}/${person.guid}`;
  return leavesObjects ? 'everything, objects are left' : 'everything';
}

/** That the objects of a customer leave by waves, by the number of the offboarding. */
export function offboardingSubject(offboarding: string): string {
  return `offboarding ${offboarding}`;
}

/** How far the clocks of an operator and of the Temporal server may differ, with the way between them. */
const SKEW_MS = 5 * 60_000;

/**
 * Why a statement does not count by its time; null where it does.
 *
 * @param arrived when its answer came, in milliseconds since 1970
 */
export function timeFault(at: string, arrived: number): string | null {
  const signed = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(at) ? Date.parse(at) : NaN;
  if (Number.isNaN(signed)) return 'the time of the signature is no time';
  const minutes = String(SKEW_MS / 60_000);
  if (arrived - signed > SKEW_MS) return `it was signed at ${at}, more than ${minutes} minutes before it came`;
  if (signed - arrived > SKEW_MS)
    return `it was signed at ${at}, which is still to come; look at the clock of your machine`;
  return null;
}
