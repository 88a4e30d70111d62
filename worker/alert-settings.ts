import { tmpdir } from 'node:os';
import { z } from 'zod';
import type { ProgramSettings } from '../activities/drivers/program.ts';
import { command, passedVariables, variablesOf } from './driver-settings.ts';

/** How a worker hands alerts over beside mail. */
export interface AlertWays {
  readonly program?: ProgramSettings;
  /** URL that alerts are posted to. */
  readonly webhook?: string;
}

const SECONDS = 60;

/** A call may hold a key in its address, and names what is wrong with a customer. */
function isSecured(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname));
}

/** Where alerts go beside mail, by the names of the variables; nowhere by default (docs/alerts.md). */
export const alertSettings = {
  ITASCA_ALERT_COMMAND: command.nullable().default(null),
  ITASCA_ALERT_VARIABLES: passedVariables,
  ITASCA_ALERT_WEBHOOK: z
    .string()
    .refine(isSecured, 'must be an https:// URL without an account, or an http:// one of this machine')
    .optional(),
};

/** The program and the webhook; undefined when the settings name neither. */
export function alertWaysOf(
  settings: { readonly [Name in keyof typeof alertSettings]?: z.output<(typeof alertSettings)[Name]> | undefined },
  environment: NodeJS.ProcessEnv,
): AlertWays | undefined {
  const { ITASCA_ALERT_COMMAND: line, ITASCA_ALERT_VARIABLES: names, ITASCA_ALERT_WEBHOOK: webhook } = settings;
  if ((line ?? null) === null && webhook === undefined) return undefined;
  const [program, ...rest] = line ?? [];
  return {
    ...(webhook === undefined ? {} : { webhook }),
    ...(program === undefined
      ? {}
      : {
          program: {
            program,
            arguments: rest,
            folder: tmpdir(),
            variables: variablesOf(names ?? [], environment),
            timeLimitMs: SECONDS * 1000,
            atOnce: 1,
          },
        }),
  };
}
