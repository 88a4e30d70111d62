import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { MailServer } from '../activities/send-mail.ts';
import { mailbox } from '../rules/recipient-settings.ts';
import { PLAIN } from '../rules/tls-settings.ts';

const PORTS = { tls: 465, starttls: 587, plain: 25 } as const;

const file = z.string().refine(isAbsolute, 'must be an absolute path');

/** The mail server of reports and alerts, by the names of the variables; none by default (docs/mail.md). */
export const mailSettings = {
  ITASCA_SMTP_URL: z
    .string()
    .regex(
      /^smtps?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[1-9]\d{0,4})?$/,
      'must be smtps://host[:port] (TLS from the beginning) or smtp://host[:port] (STARTTLS), without an account',
    )
    .optional(),
  ITASCA_SMTP_FROM: mailbox.optional(),
  ITASCA_SMTP_ACCOUNT: z.string().min(1).optional(),
  ITASCA_SMTP_PASSWORD: z.string().min(1).optional(),
  ITASCA_SMTP_PASSWORD_FILE: file.optional(),
  ITASCA_SMTP_CA_FILE: file.optional(),
  ITASCA_SMTP_SERVER_NAME: z.string().min(1).optional(),
  ITASCA_SMTP_PLAIN: z.literal(PLAIN, { error: `must be exactly: ${PLAIN}` }).optional(),
};

type MailVariables = { readonly [Name in keyof typeof mailSettings]?: z.output<(typeof mailSettings)[Name]> };

/** What is contradictory between these variables, each by its name. */
export function* mailFaults(settings: MailVariables): Generator<readonly [keyof MailVariables, string]> {
  const url = settings.ITASCA_SMTP_URL;
  if (url === undefined) {
    const [useless] = (Object.keys(mailSettings) as readonly (keyof MailVariables)[]).filter(
      (name) => settings[name] !== undefined,
    );
    if (useless !== undefined) yield [useless, 'is of no mail server; set ITASCA_SMTP_URL'];
    return;
  }
  if (settings.ITASCA_SMTP_FROM === undefined)
    yield ['ITASCA_SMTP_FROM', 'is missing: the address that mail comes from'];
  const passwords = (['ITASCA_SMTP_PASSWORD', 'ITASCA_SMTP_PASSWORD_FILE'] as const).filter(
    (name) => settings[name] !== undefined,
  );
  const [password] = passwords;
  if (settings.ITASCA_SMTP_ACCOUNT === undefined && password !== undefined)
    yield [password, 'is of no account; set ITASCA_SMTP_ACCOUNT'];
  if (settings.ITASCA_SMTP_ACCOUNT !== undefined && passwords.length !== 1)
    yield ['ITASCA_SMTP_ACCOUNT', 'needs exactly one of ITASCA_SMTP_PASSWORD and ITASCA_SMTP_PASSWORD_FILE'];
  if (settings.ITASCA_SMTP_PLAIN === undefined) return;
  if (url.startsWith('smtps:'))
    yield ['ITASCA_SMTP_PLAIN', `${url} is secured by TLS; write smtp:// or leave this out`];
  const verified = (['ITASCA_SMTP_CA_FILE', 'ITASCA_SMTP_SERVER_NAME'] as const).find(
    (name) => settings[name] !== undefined,
  );
  if (verified !== undefined)
    yield ['ITASCA_SMTP_PLAIN', `with it ${verified} verifies nothing; leave one of the two out`];
}

/** The mail server; undefined when the settings name none. */
export function mailServerOf(settings: MailVariables): MailServer | undefined {
  const { ITASCA_SMTP_URL: text, ITASCA_SMTP_FROM: from, ITASCA_SMTP_ACCOUNT: account } = settings;
  if (text === undefined || from === undefined) return undefined;
  const security = text.startsWith('smtps:') ? 'tls' : settings.ITASCA_SMTP_PLAIN === undefined ? 'starttls' : 'plain';
  const { hostname, port } = new URL(text);
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? PORTS[security] : Number(port),
    security,
    from,
    ...(settings.ITASCA_SMTP_CA_FILE === undefined ? {} : { caFile: settings.ITASCA_SMTP_CA_FILE }),
    ...(settings.ITASCA_SMTP_SERVER_NAME === undefined ? {} : { serverName: settings.ITASCA_SMTP_SERVER_NAME }),
    ...(account === undefined
      ? {}
      : {
          signIn:
            settings.ITASCA_SMTP_PASSWORD_FILE === undefined
              ? { account, passwordEnv: 'ITASCA_SMTP_PASSWORD' }
              : { account, passwordFile: settings.ITASCA_SMTP_PASSWORD_FILE },
        }),
  };
}
