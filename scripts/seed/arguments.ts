import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { LoadTarget } from '../sample/administrator.ts';
import { SEED_DEFAULTS, type SeedOptions } from './seed.ts';

export const USAGE = `Fills a forest of the development stack with users, contacts and groups.

  npm run seed -- --url ldaps://127.0.0.2 --ca-file ca.pem --naming-context DC=corp,DC=contoso,DC=test \\
                  --account Administrator@corp.contoso.test --password-file password [--users 5000] ...

  --url URL               domain controller, ldaps://host[:port]
  --ca-file FILE          certificate authority, PEM
  --naming-context DN     of the domain
  --account NAME          account that may add objects
  --password-file FILE    its password; the environment variable ITASCA_SEED_PASSWORD when absent
  --users N               ${String(SEED_DEFAULTS.users)}
  --groups N              ${String(SEED_DEFAULTS.groups)}
  --contacts N            ${String(SEED_DEFAULTS.contacts)}
  --memberships N         members of each group, ${String(SEED_DEFAULTS.memberships)}
  --largest N             users in one group more, ${String(SEED_DEFAULTS.largest)}
  --prefix TEXT           put before account names and addresses: up to 6 letters and digits, none by default
  --ou NAME               organizational unit that holds it all, ${SEED_DEFAULTS.ou}
  --help
`;

/** What is wrong with the command line, in words for whoever typed it. */
export class ArgumentError extends Error {}

/** Reads the command line; null when help was asked for. @throws {ArgumentError} */
export function readArguments(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
): { target: LoadTarget; options: Required<SeedOptions> } | null {
  const values = parse(argv);
  if (values.help) return null;
  const required = (name: 'url' | 'ca-file' | 'naming-context' | 'account'): string => {
    const value = values[name];
    if (value === undefined) throw new ArgumentError(`--${name} is missing.`);
    return value;
  };
  const url = required('url');
  if (!/^ldaps:\/\/[^/]+$/.test(url))
    throw new ArgumentError(`--url: "${url}" is not of the form ldaps://host[:port].`);
  const number = (name: 'users' | 'groups' | 'contacts' | 'memberships' | 'largest'): number => {
    const text = values[name];
    if (text === undefined) return SEED_DEFAULTS[name];
    if (!/^\d{1,6}$/.test(text)) throw new ArgumentError(`--${name}: "${text}" is not a number from 0 to 999999.`);
    return Number(text);
  };
  const prefix = values.prefix ?? SEED_DEFAULTS.prefix;
  if (!/^[A-Za-z0-9]{0,6}$/.test(prefix))
    throw new ArgumentError(`--prefix: "${prefix}" is not up to 6 letters and digits.`);
  const ou = values.ou ?? SEED_DEFAULTS.ou;
  if (!/^[A-Za-z0-9 _-]{1,64}$/.test(ou))
    throw new ArgumentError(`--ou: "${ou}" is not a name of letters, digits, spaces, - and _.`);
  const options = {
    users: number('users'),
    groups: number('groups'),
    contacts: number('contacts'),
    memberships: number('memberships'),
    largest: number('largest'),
    prefix,
    ou,
  };
  const target = {
    url,
    caFile: required('ca-file'),
    namingContext: required('naming-context'),
    administrator: { account: required('account'), password: password(values['password-file'], environment) },
  };
  return { target, options };
}

const text = { type: 'string' } as const;

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        url: text,
        'ca-file': text,
        'naming-context': text,
        account: text,
        'password-file': text,
        users: text,
        groups: text,
        contacts: text,
        memberships: text,
        largest: text,
        prefix: text,
        ou: text,
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function password(file: string | undefined, environment: NodeJS.ProcessEnv): string {
  if (file === undefined) {
    const value = environment['ITASCA_SEED_PASSWORD'];
    if (!value) throw new ArgumentError('Give --password-file, or set ITASCA_SEED_PASSWORD.');
    return value;
  }
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ArgumentError(`--password-file: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
