import { parseArgs } from 'node:util';

export interface StartArguments {
  /** End by itself after the first cycle. */
  readonly once: boolean;
  /** Go on with the data of the last start, and leave it behind. */
  readonly keep: boolean;
  readonly help: boolean;
}

export const usage = `npm start [-- --once] [--keep]

  --once   end by itself after the first cycle
  --keep   go on with the data of the last start and keep it; without it each start is fresh
  --help   show this
`;

/**
 * Reads the arguments of `npm start`.
 *
 * @throws TypeError with a sentence for the operator when one is unknown
 */
export function readArguments(args: readonly string[]): StartArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}
