import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.mjs';

/** The loopback addresses a forest may be started on: those of the profiles and spare ones. */
const ADDRESSES = Array.from({ length: 30 }, (_, index) => `127.0.0.${index + 2}`);
const TEN_YEARS = ['-days', '3650'];
const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/**
 * Make one certificate authority and a server certificate for each forest, where Samba looks for them
 * (private/tls/{ca,cert,key}.pem), valid on every address a copy of the forest may be started on.
 *
 * The authority's key is thrown away: nothing else can be signed with it.
 *
 * @param forests `{ directory, hostName }` of each forest
 */
export async function makeCertificates(scratch, forests, signal) {
  const caKey = join(scratch, 'ca.key');
  const ca = join(scratch, 'ca.pem');
  await run(
    'openssl',
    [
      ...['req', '-x509', ...EC_KEY, ...TEN_YEARS, '-keyout', caKey, '-out', ca, '-subj', '/CN=Itasca test forests'],
      ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ],
    { signal },
  );
  // One after the other: both draw their serial number from the same file.
  for (const { directory, hostName } of forests) await signServer(join(directory, 'private', 'tls'), hostName);
  await Promise.all([rm(caKey), rm(ca), rm(join(scratch, 'ca.srl'), { force: true })]);

  async function signServer(folder, hostName) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = (name) => join(folder, name);
    const names = [`DNS:${hostName}`, 'DNS:localhost', ...ADDRESSES.map((address) => `IP:${address}`)].join(',');
    const request = ['req', ...EC_KEY, '-keyout', file('key.pem'), '-out', file('request'), '-subj', `/CN=${hostName}`];
    await run('openssl', request, { signal });
    const extensions = `subjectAltName=${names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n`;
    await writeFile(file('extensions'), extensions);
    await run(
      'openssl',
      [
        ...['x509', '-req', ...TEN_YEARS, '-in', file('request'), '-out', file('cert.pem')],
        ...['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-extfile', file('extensions')],
      ],
      { signal },
    );
    await Promise.all([copyFile(ca, file('ca.pem')), rm(file('request')), rm(file('extensions'))]);
  }
}
