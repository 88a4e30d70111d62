import { tmpdir } from 'node:os';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { ProgramSettings } from '../activities/drivers/program.ts';

/** Variables that hold what only the worker may know. */
const OWN = /^(?:DATABASE_URL$|ITASCA_|TEMPORAL_|PG|NODE_OPTIONS$|LD_)/i;

/** A program with its arguments, as a JSON array. */
export const command = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a JSON array: the path of the program and its arguments' });
      return z.NEVER;
    }
  })
  .pipe(z.tuple([z.string().refine(isAbsolute, 'the program must be named by its absolute path')], z.string()));

/** Names of variables that a program finds in its environment. */
export const passedVariables = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((name) => name !== ''))
  .refine((names) => !names.some((name) => OWN.test(name)), "the worker's own variables are not passed on")
  .default([]);

/** The variables of these names that are set. */
export function variablesOf(
  names: readonly string[],
  environment: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

const number = (from: number, to: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d{1,4}$/, 'must be a number')
    .transform(Number)
    .pipe(z.int().min(from).max(to));

/** The settings of the command driver, by the names of their variables. */
export const driverSettings = {
  ITASCA_DRIVER_COMMAND: command.nullable().default(null),
  ITASCA_DRIVER_FOLDER: z.string().refine(isAbsolute, 'must be an absolute path').default(tmpdir()),
  ITASCA_DRIVER_VARIABLES: passedVariables,
  // An attempt of a step has two minutes for everything.
  ITASCA_DRIVER_SECONDS: number(1, 100).default(60),
  ITASCA_DRIVER_PROGRAMS: number(1, 40).default(4),
};

/** The program of the command driver; undefined when the settings name none. */
export function programOf(
  settings: { readonly [Name in keyof typeof driverSettings]: z.output<(typeof driverSettings)[Name]> },
  environment: NodeJS.ProcessEnv,
): ProgramSettings | undefined {
  if (settings.ITASCA_DRIVER_COMMAND === null) return undefined;
  const [program, ...rest] = settings.ITASCA_DRIVER_COMMAND;
  return {
    program,
    arguments: rest,
    folder: settings.ITASCA_DRIVER_FOLDER,
    variables: variablesOf(settings.ITASCA_DRIVER_VARIABLES, environment),
    timeLimitMs: settings.ITASCA_DRIVER_SECONDS * 1000,
    atOnce: settings.ITASCA_DRIVER_PROGRAMS,
  };
}
