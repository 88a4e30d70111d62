import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { fingerprint, isProven, isVerified } from '../../activities/operator-signature.ts';
import { judgeApproval, type Answerer } from '../../rules/approvals.ts';
import { configurationSchema } from '../../rules/configuration.ts';
import { publicKeyLine } from '../../rules/operator-key.ts';
import { statementText, timeFault, type Statement } from '../../rules/operator-statement.ts';
import { publicKeyOf, readOperatorKey, signatureOf, writeNewKey } from '../../scripts/itasca/operator-key.ts';
import { keyFile, listed, signedAnswer, signer } from '../support/operators.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';

const ann = signer('ann');
const ben = signer('ben');
const pemOf = (text: string): string => `-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----\n`;

const statement: Statement = {
  customer: 'contoso',
  operator: 'ann',
  action: 'approve',
  workflowId: 'cycle/contoso/corp-1',
  subject: 'list 7 00ff',
  at: '2026-11-23T12:00:00.000Z',
};
const statements = fc.record({
  customer: fc.string(),
  operator: fc.string(),
  action: fc.constantFrom('approve', 'reject', 'choose', 'undo'),
  workflowId: fc.string(),
  subject: fc.string(),
  at: fc.string(),
});

describe('a signature', () => {
  test('is of exactly one statement, and by exactly one key', () => {
    fc.assert(
      fc.property(statements, statements, (one, other) => {
        const { signature = '' } = signedAnswer({ ...ann, name: one.operator }, one, one.at);
        const kept = { statement: statementText(one), publicKey: ann.publicKey, signature };
        expect(isVerified(kept)).toBe(true);
        expect(isVerified({ ...kept, publicKey: ben.publicKey })).toBe(false);
        const same = JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
        expect(isVerified({ ...kept, statement: statementText(other) })).toBe(same);
      }),
    );
  });

  // Shows: Command / any changed byte of what an operator signed, of the signature or of the key is refused (none)
  test('does not stand one changed bit, in the statement, in itself or in the key', () => {
    const { signature = '' } = signedAnswer(ann, statement, statement.at);
    const kept = { statement: statementText(statement), publicKey: ann.publicKey, signature };
    const flipped = (bytes: Buffer, bit: number): Buffer => {
      const copy = Buffer.from(bytes);
      const at = bit % (copy.length * 8);
      copy[at >> 3] = (copy[at >> 3] ?? 0) ^ (1 << (at & 7));
      return copy;
    };
    fc.assert(
      fc.property(fc.constantFrom('statement', 'publicKey', 'signature'), fc.nat(4000), (part, bit) => {
        // Within the 32 bytes of the key: what comes before says of which kind it is.
        const changed =
          part === 'statement'
            ? { statement: flipped(Buffer.from(kept.statement), bit).toString('latin1') }
            : part === 'signature'
              ? { signature: flipped(Buffer.from(signature, 'base64'), bit).toString('base64') }
              : {
                  publicKey: flipped(Buffer.from(ann.publicKey, 'base64'), (12 << 3) + (bit % 256)).toString('base64'),
                };
        expect(isVerified({ ...kept, ...changed })).toBe(false);
      }),
    );
  });

  test('has one text only', () => {
    const { signature = '' } = signedAnswer(ann, statement, statement.at);
    const kept = { statement: statementText(statement), publicKey: ann.publicKey };
    for (const text of [` ${signature}`, signature.replaceAll('=', ''), `${signature}AAAA`, ''])
      expect(isVerified({ ...kept, signature: text })).toBe(false);
  });

  test('on record proves what it was given for, and nothing else', () => {
    const { signature = '' } = signedAnswer(ann, statement, statement.at);
    const signed = { operator: 'ann', statement: statementText(statement), publicKey: ann.publicKey, signature };
    const answer = { signed, action: statement.action, subject: statement.subject };
    expect(isProven(answer)).toBe(true);
    expect(isProven({ ...answer, subject: 'list 8 00ff' })).toBe(false);
    expect(isProven({ ...answer, action: 'reject' })).toBe(false);
    expect(isProven({ ...answer, signed: { ...signed, operator: 'ben' } })).toBe(false);
    expect(isProven({ ...answer, signed: null })).toBe(false);
  });
});

test('a signature counts within five minutes of when it comes', () => {
  const { at } = statement;
  const came = Date.parse(at);
  expect([timeFault(at, came), timeFault(at, came + 299_000), timeFault(at, came - 299_000)]).toEqual([
    null,
    null,
    null,
  ]);
  expect(timeFault(at, came + 301_000)).toContain('more than 5 minutes before it came');
  expect(timeFault(at, came - 301_000)).toContain('still to come');
  for (const text of ['', 'now', '2026-11-23', '2026-99-23T12:00:00.000Z'])
    expect(timeFault(text, came)).toBe('the time of the signature is no time');
});

describe('two operators', () => {
  const answerers = fc.constantFrom<Answerer>('ann', 'ben', 'cem', null);

  // Shows: Command / a second operator is another one, who has signed; an unnamed answer is never the second (none)
  test('whatever comes in whichever order, two are enough only when the last has signed and is another one', () => {
    fc.assert(
      fc.property(fc.array(answerers), fc.constantFrom<'count' | 'refuse'>('count', 'refuse'), (answers, unsigned) => {
        const counted: Answerer[] = [];
        for (const answerer of answers) {
          const { counts } = judgeApproval(answerer, counted, 2, unsigned);
          if (counts === 'enough') {
            expect(answerer).not.toBeNull();
            expect(counted.some((one) => one !== answerer)).toBe(true);
            return;
          }
          if (counts === 'first') counted.push(answerer);
          expect(counted.length).toBeLessThan(2);
          if (unsigned === 'refuse') expect(counted).not.toContain(null);
        }
      }),
    );
  });

  test('one is enough where one is needed, with a signature or without where that may count', () => {
    expect(judgeApproval('ann', [], 1, 'refuse')).toEqual({ counts: 'enough' });
    expect(judgeApproval(null, [], 1, 'count')).toEqual({ counts: 'enough' });
    expect(judgeApproval(null, [], 1, 'refuse')).toMatchObject({ counts: 'not' });
  });
});

describe('the settings', () => {
  const faults = (operators: object, approvals = 1): readonly string[] => {
    const sample = sampleConfiguration();
    const reconnection = { ...sample.reconnection, approvals };
    const parsed = configurationSchema.safeParse({ ...sample, operators, reconnection });
    return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
  };

  test('take a key as PEM or in one line, and know it again', () => {
    expect(faults({ list: listed(ann, ben), second: ['deletions'], unsigned: 'refuse' }, 2)).toEqual([]);
    expect(faults({ list: [{ name: 'ann', publicKey: pemOf(ann.publicKey) }] })).toEqual([]);
    expect(publicKeyLine(pemOf(ann.publicKey))).toBe(ann.publicKey);
    expect(fingerprint(ann.publicKey)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });

  const x25519 = generateKeyPairSync('x25519').publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const privatePem = ann.privateKey.export({ format: 'pem', type: 'pkcs8' });
  test.each([
    ['a key of another kind', { list: [{ name: 'ann', publicKey: x25519 }] }, 'operators.list.0.publicKey'],
    ['a private key', { list: [{ name: 'ann', publicKey: privatePem }] }, 'operators.list.0.publicKey'],
    ['half a key', { list: [{ name: 'ann', publicKey: ann.publicKey.slice(0, 40) }] }, 'operators.list.0.publicKey'],
    ['no key', { list: [{ name: 'ann', publicKey: 'ann' }] }, 'operators.list.0.publicKey'],
    ['a name twice', { list: [...listed(ann), { ...listed(ben)[0], name: 'ann' }] }, 'operators.list.1.name'],
    [
      'a key twice, written otherwise',
      { list: [...listed(ann), { name: 'ben', publicKey: pemOf(ann.publicKey) }] },
      'operators.list.1.publicKey',
    ],
    ['two of one', { list: listed(ann), second: ['changes'] }, 'operators.second'],
    ['signatures of nobody', { unsigned: 'refuse' }, 'operators.unsigned'],
    ['a name that is none', { list: [{ ...listed(ann)[0], name: '(ann)' }] }, 'operators.list.0.name'],
  ])('refuse %s with its place', (_what, operators, place) => {
    expect(faults(operators).map((fault) => fault.split(':')[0])).toEqual([place]);
  });

  test('refuse reconnections by two of one', () => {
    expect(faults({ list: listed(ann) }, 2)).toEqual([
      'reconnection.approvals: two operators are needed, and operators.list has one',
    ]);
  });
});

describe('a key file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'itasca-keys-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const nobody = (): Promise<null> => Promise.resolve(null);

  test('is made for its owner only, never over another one, and signs', async () => {
    const file = join(folder, 'new.pem');
    const publicKey = await writeNewKey(file, null);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const before = await readFile(file, 'utf8');
    await expect(writeNewKey(file, null)).rejects.toThrow('never overwritten');
    expect(await readFile(file, 'utf8')).toBe(before);
    const key = await readOperatorKey(file, nobody);
    expect(publicKeyOf(key)).toBe(publicKey);
    const text = statementText(statement);
    expect(isVerified({ statement: text, publicKey, signature: signatureOf(key, text) })).toBe(true);
  });

  test('with a passphrase asks for it, and tells a wrong one', async () => {
    const file = join(folder, 'encrypted.pem');
    const publicKey = await writeNewKey(file, 'correct horse');
    expect(await readFile(file, 'utf8')).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    expect(publicKeyOf(await readOperatorKey(file, () => Promise.resolve('correct horse')))).toBe(publicKey);
    await expect(readOperatorKey(file, () => Promise.resolve('wrong'))).rejects.toThrow('not the passphrase');
    await expect(readOperatorKey(file, nobody)).rejects.toThrow('asked on a terminal');
  });

  test('that others can read, of another kind, or that is none is refused', async () => {
    const open = await keyFile(folder, signer('open'));
    await chmod(open, 0o640);
    await expect(readOperatorKey(open, nobody)).rejects.toThrow(`chmod 600 ${open}`);
    const other = join(folder, 'rsa.pem');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(other, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    await expect(readOperatorKey(other, nobody)).rejects.toThrow('of another kind (ec)');
    const text = join(folder, 'text.pem');
    await writeFile(text, pemOf(ann.publicKey), { mode: 0o600 });
    await expect(readOperatorKey(text, nobody)).rejects.toThrow('holds no private key');
    await expect(readOperatorKey(join(folder, 'absent.pem'), nobody)).rejects.toThrow('There is no key file');
  });
});
