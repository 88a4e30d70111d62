import { parseArgs } from 'node:util';
import { reportFile } from './report.ts';

const PARTS = ['read', 'workflows', 'explain'] as const;

export interface BenchArguments {
  readonly users: number;
  readonly groups: number;
  /** Of the largest group; there is none when 0. */
  readonly members: number;
  readonly output: string;
  /** What alone is measured, after a first cycle; null for everything. */
  readonly only: (typeof PARTS)[number] | null;
}

export const usage = `npm run bench [-- --users 20000] [--groups 2000] [--members 0] [--output FILE] [--only read|workflows|explain]

Synchronizes a seeded customer into an empty managed forest, then runs deltas without and with changes, and prints the rate
of each stage beside the raw rate of the same server with the same objects: the best of 1, 4 and 8 connections. Writes the
figures to a JSON file (default: .itasca/bench-<users>-<groups>.json). Groups have 20 members; --members makes one more, of
that many. --only read leaves out all but the whole read, three times; --only workflows all but the object workflows, --only explain all but
itasca object explain; they print their figures and write no file. Loading a forest of a new size takes minutes, once.
`;

/**
 * Reads the arguments of `npm run bench`.
 *
 * @param folder where figures are written by default
 * @throws TypeError with a sentence for the operator
 */
export function readArguments(args: readonly string[], folder: string): BenchArguments | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      users: { type: 'string', default: '20000' },
      groups: { type: 'string', default: '2000' },
      members: { type: 'string', default: '0' },
      output: { type: 'string' },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const only = PARTS.find((part) => part === values.only) ?? null;
  if (values.only !== undefined && only === null)
    throw new TypeError(`--only wants ${PARTS.join(', ')}: not "${values.only}".`);
  const users = count('--users', values.users);
  const groups = count('--groups', values.groups);
  const members = count('--members', values.members);
  return {
    users,
    groups,
    members,
    output: values.output ?? reportFile(folder, users, groups),
    only,
  };
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!/^\d{1,6}$/.test(text)) throw new TypeError(`${name} wants a number from 0 to 999999, not "${text}".`);
  return value;
}
