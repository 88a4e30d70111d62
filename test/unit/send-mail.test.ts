import {
  MailRefused,
  MailServerMissing,
  MailUnavailable,
  sendMail,
  type MailServer,
} from '../../activities/send-mail.ts';
import { attachmentOf, openMailServer, type TestMailServer } from '../support/mail-server.ts';

const mail = {
  to: 'directory@contoso.test',
  subject: 'Report of contoso',
  text: 'Nothing is wrong.',
  id: 'report-contoso-1',
};

const password = 'open sesame';
const secret = (): Promise<string> => Promise.resolve(password);

let server: TestMailServer;

beforeAll(async () => {
  server = await openMailServer({
    onAuth: (given, _session, done) => {
      if (given.username === 'itasca' && given.password === password) done(null, { user: 'itasca' });
      else done(new Error('wrong'));
    },
    onRcptTo: ({ address }, _session, done) => {
      if (address.startsWith('nobody@')) done(Object.assign(new Error(`${address} is unknown`), { responseCode: 550 }));
      else if (address.startsWith('busy@')) done(Object.assign(new Error('greylisted'), { responseCode: 451 }));
      else done();
    },
  });
});

afterAll(() => server.close());

function settings(more: Partial<MailServer> = {}): MailServer {
  return {
    host: server.host,
    port: server.port,
    security: 'starttls',
    caFile: server.caFile,
    serverName: 'localhost',
    from: 'itasca@fabrikam.test',
    ...more,
  };
}

// Shows: Reports / mail goes by SMTP, secured, to one recipient, with the same Message-ID each time (smtp)
test('a mail is handed over by STARTTLS, with its attachment, and says that a program sent it', async () => {
  const content = Buffer.from([0, 1, 2, 255]);
  await sendMail(
    { mail: settings(), secret },
    {
      ...mail,
      html: '<p>Nothing is <b>wrong</b>.</p>',
      attachments: [{ name: 'report.zip', type: 'application/zip', content }],
    },
  );
  await sendMail({ mail: settings(), secret }, mail);
  const [first, second] = server.taken.splice(0);
  expect(first).toMatchObject({
    from: 'itasca@fabrikam.test',
    to: ['directory@contoso.test'],
    secure: true,
    account: null,
  });
  for (const header of ['Message-ID: <report-contoso-1@fabrikam.test>', 'Auto-Submitted: auto-generated']) {
    expect(first?.raw).toContain(header);
    expect(second?.raw).toContain(header);
  }
  if (first === undefined) throw new Error('no mail');
  expect(attachmentOf(first, 'report.zip')).toEqual(content);
});

test('who has an account signs in with the password that the settings point to', async () => {
  const asked: unknown[] = [];
  const signIn = { account: 'itasca', passwordEnv: 'ITASCA_SMTP_PASSWORD' };
  await sendMail(
    {
      mail: settings({ signIn }),
      secret: (source) => {
        asked.push(source);
        return secret();
      },
    },
    mail,
  );
  expect(asked).toEqual([signIn]);
  expect(server.taken.splice(0)).toMatchObject([{ secure: true, account: 'itasca' }]);
});

test('without TLS nothing is said, unless that was accepted', async () => {
  const plain = await openMailServer({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
  try {
    const to = settings({ port: plain.port });
    await expect(sendMail({ mail: to, secret }, mail)).rejects.toThrow(MailUnavailable);
    expect(plain.taken).toEqual([]);
    await sendMail({ mail: { ...to, security: 'plain' }, secret }, mail);
    expect(plain.taken).toMatchObject([{ secure: false }]);
  } finally {
    await plain.close();
  }
});

test('a server with TLS from the beginning is spoken to', async () => {
  const secure = await openMailServer({ secure: true });
  try {
    await sendMail({ mail: settings({ port: secure.port, caFile: secure.caFile, security: 'tls' }), secret }, mail);
    expect(secure.taken).toMatchObject([{ secure: true }]);
  } finally {
    await secure.close();
  }
});

test.each([
  ['of another authority', { caFile: undefined }],
  ['for another name', { serverName: undefined }],
])('a certificate %s is not taken', async (_what, without) => {
  const { caFile, serverName, ...rest } = settings();
  const given = { caFile, serverName, ...without };
  const to = {
    ...rest,
    ...(given.caFile === undefined ? {} : { caFile: given.caFile }),
    ...(given.serverName === undefined ? {} : { serverName: given.serverName }),
  };
  await expect(sendMail({ mail: to, secret }, mail)).rejects.toThrow(MailUnavailable);
  expect(server.taken).toEqual([]);
});

// Shows: Reports / what the mail server refuses, and what is worth another try (smtp)
test('what is refused for good is told from what is worth another try, without anybody’s name', async () => {
  const sendTo = (to: string, more?: Partial<MailServer>): Promise<void> =>
    sendMail({ mail: settings(more), secret: () => Promise.resolve('wrong') }, { ...mail, to });
  await expect(sendTo('nobody@contoso.test')).rejects.toThrow(MailRefused);
  await expect(sendTo('nobody@contoso.test')).rejects.toThrow(/refuses a mail \(550/);
  await expect(sendTo('nobody@contoso.test')).rejects.not.toThrow(/nobody/);
  await expect(sendTo('busy@contoso.test')).rejects.toThrow(MailUnavailable);
  const signIn = { account: 'itasca', passwordEnv: 'ITASCA_SMTP_PASSWORD' };
  await expect(sendTo(mail.to, { signIn })).rejects.toThrow(MailRefused);
  await expect(sendTo(mail.to, { signIn })).rejects.toThrow('Check ITASCA_SMTP_ACCOUNT');
  // Nobody listens there.
  await expect(sendTo(mail.to, { port: 1 })).rejects.toThrow(MailUnavailable);
  await expect(sendMail({ secret }, mail)).rejects.toThrow(MailServerMissing);
  expect(server.taken).toEqual([]);
});

test('a subject can not add a header', async () => {
  await sendMail({ mail: settings(), secret }, { ...mail, subject: 'Report\r\nBcc: eve@example.net' });
  const [taken] = server.taken.splice(0);
  expect(taken?.to).toEqual([mail.to]);
  expect(taken?.raw).not.toMatch(/^Bcc:/im);
});
