import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A mail that a server has taken. */
export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body, as they came. */
  readonly raw: string;
  /** Whether it came over TLS, and who had signed in. */
  readonly secure: boolean;
  readonly account: string | null;
}

export interface TestMailServer {
  readonly host: string;
  readonly port: number;
  /** Its certificate, which is for `localhost` and its own authority. */
  readonly caFile: string;
  readonly taken: TakenMail[];
  close(): Promise<void>;
}

/** A real SMTP server on a loopback address. `options` say what it demands and refuses. */
export async function openMailServer(options: SMTPServerOptions = {}): Promise<TestMailServer> {
  const folder = await mkdtemp(join(tmpdir(), 'itasca-mail-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
  ]);
  const taken: TakenMail[] = [];
  const server = new SMTPServer({
    key: await readFile(key),
    cert: await readFile(cert),
    authOptional: true,
    logger: false,
    onData: (stream, session, done) => {
      text(stream).then((raw) => {
        const { mailFrom, rcptTo } = session.envelope;
        taken.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw,
          secure: session.secure,
          account: typeof session.user === 'string' ? session.user : null,
        });
        done();
      }, done);
    },
    ...options,
  });
  // A client that breaks off is no failure of the server.
  server.on('error', () => undefined);
  const port = await new Promise<number>((resolve) => {
    const listener = server.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return {
    host: '127.0.0.1',
    port,
    caFile: cert,
    taken,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(resolve);
      });
      await rm(folder, { recursive: true });
    },
  };
}

/** A file that is attached to a mail. */
export function attachmentOf({ raw }: TakenMail, name: string): Buffer {
  const part = raw
    .split(/\r?\n--/)
    .find((candidate) => candidate.includes(`filename=${name}`) || candidate.includes(`filename="${name}"`));
  if (part === undefined) throw new Error(`nothing of the name ${name} is attached`);
  return Buffer.from(
    part
      .split(/\r?\n\r?\n/)
      .slice(1)
      .join(''),
    'base64',
  );
}
