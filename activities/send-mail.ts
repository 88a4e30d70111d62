import { readFile } from 'node:fs/promises';
import { createTransport } from 'nodemailer';
import type { Dependencies, SecretSource } from './dependencies.ts';

/** The mail server that mail is handed to, as the worker's settings name it. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the beginning; STARTTLS before anything is said; or neither, which somebody has accepted. */
  readonly security: 'tls' | 'starttls' | 'plain';
  /** PEM file with the authorities of its certificate; without it, those that Node trusts. */
  readonly caFile?: string;
  /** Name to verify in its certificate when it is not the host. */
  readonly serverName?: string;
  /** Address that mail comes from. */
  readonly from: string;
  /** Who signs in; without it nobody does. */
  readonly signIn?: SecretSource & { readonly account: string };
}

/** A mail to one recipient. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly attachments?: readonly { readonly name: string; readonly type: string; readonly content: Buffer }[];
  /** Left part of its Message-ID: the same for each attempt, so that a second one is known for what it is. Nothing that names a person. */
  readonly id: string;
}

/** The mail server can not be reached or does not take mail now: worth another try. */
export class MailUnavailable extends Error {
  override readonly name = 'MailUnavailable';
}

/** The mail server does not take this mail: not from us, or not for this recipient. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** The worker's settings name no mail server. */
export class MailServerMissing extends Error {
  override readonly name = 'MailServerMissing';
}

const CONNECT_MS = 20_000;
const SILENT_MS = 60_000;

/**
 * Hands a mail to the mail server of the worker. When it comes back the server has it.
 *
 * @throws MailServerMissing without such a server
 * @throws MailUnavailable when another try is worth it
 * @throws MailRefused when it is not
 */
export async function sendMail(dependencies: Pick<Dependencies, 'mail' | 'secret'>, mail: Mail): Promise<void> {
  const server = dependencies.mail;
  if (server === undefined)
    throw new MailServerMissing(
      'The settings of the worker name no mail server. Set ITASCA_SMTP_URL and ITASCA_SMTP_FROM.',
    );
  const password = server.signIn === undefined ? null : await dependencies.secret(server.signIn);
  const transport = createTransport({
    host: server.host,
    port: server.port,
    secure: server.security === 'tls',
    requireTLS: server.security === 'starttls',
    ignoreTLS: server.security === 'plain',
    tls: {
      ...(server.caFile === undefined ? {} : { ca: await authorities(server.caFile) }),
      ...(server.serverName === undefined ? {} : { servername: server.serverName }),
      minVersion: 'TLSv1.2',
    },
    ...(server.signIn === undefined || password === null
      ? {}
      : { auth: { user: server.signIn.account, pass: password } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from: server.from,
      to: mail.to,
      subject: mail.subject,
      text: mail.text,
      ...(mail.html === undefined ? {} : { html: mail.html }),
      attachments: (mail.attachments ?? []).map(({ name, type, content }) => ({
        filename: name,
        contentType: type,
        content,
      })),
      messageId: `<${mail.id}@${server.from.slice(server.from.lastIndexOf('@') + 1)}>`,
      // Nobody's out-of-office note comes back for it (RFC 3834, MS-OXCMAIL).
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    });
  } catch (error) {
    throw explained(error, `${server.host}:${String(server.port)}`);
  } finally {
    transport.close();
  }
}

async function authorities(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new MailUnavailable(`The file ${file} can not be read, which ITASCA_SMTP_CA_FILE names.`);
  }
}

/** The server's own words are left out: they quote recipients. */
function explained(error: unknown, server: string): Error {
  const code = textOf(error, 'code');
  const reply = textOf(error, 'responseCode');
  const said = [reply, textOf(error, 'command')].filter((part) => part !== '').join(' to ');
  if (code === 'EAUTH')
    return new MailRefused(
      `The mail server ${server} does not let the account sign in (${said}). Check ITASCA_SMTP_ACCOUNT and its password.`,
    );
  if (code === 'ETLS')
    return new MailUnavailable(
      `The mail server ${server} offers no TLS, or one that can not be trusted. Check ITASCA_SMTP_CA_FILE and ITASCA_SMTP_SERVER_NAME.`,
    );
  if (reply.startsWith('5'))
    return new MailRefused(
      `The mail server ${server} refuses a mail (${said}). Its log says why: whether we may send from ITASCA_SMTP_FROM, and to whom.`,
    );
  return new MailUnavailable(
    `The mail server ${server} can not be reached, or does not take mail now (${[code, said].filter((part) => part !== '').join(', ')}).`,
  );
}

function textOf(error: unknown, name: string): string {
  if (typeof error !== 'object' || error === null) return '';
  const value: unknown = Object.getOwnPropertyDescriptor(error, name)?.value;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
