import { parseArgs } from 'node:util';

export interface BenchArguments {
  readonly users: number;
  readonly groups: number;
  readonly output: string;
}

export const usage = `npm run bench [-- --users 5000] [--groups 200] [--output FILE]

Synchronizes a seeded customer into an empty managed forest and prints the rate of each stage beside the raw add rate of
the same server with the same objects. Writes the figures to a JSON file (default: .itasca/bench.json).
`;

/**
 * Reads the arguments of `npm run bench`.
 *
 * @throws TypeError with a sentence for the operator
 */
export function readArguments(args: readonly string[], defaultOutput: string): BenchArguments | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      users: { type: 'string', default: '5000' },
      groups: { type: 'string', default: '200' },
      output: { type: 'string', default: defaultOutput },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return { users: count('--users', values.users), groups: count('--groups', values.groups), output: values.output };
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!/^\d{1,6}$/.test(text) || value < 1)
    throw new TypeError(`${name} wants a number from 1 to 999999, not "${text}".`);
  return value;
}
