import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { dnKey, parentOf } from '../../rules/dn.ts';
import { configurationSchema } from '../../rules/configuration.ts';
import { evaluate, ruleSettings } from '../../rules/evaluate.ts';
import { errorCatalogue } from '../../rules/error-catalogue.ts';
import type { ObjectKind, SourceObject } from '../../rules/objects.ts';
import { parseProvisioningValue } from '../../rules/provisioning-value.ts';
import { RECIPIENT_KINDS } from '../../rules/recipients.ts';
import { compileScope, decideScope } from '../../rules/scope.ts';
import { validate } from '../../rules/validate.ts';
import { deprovisioningErrors } from '../../rules/deprovisioning-errors.ts';
import { reconnectionErrors } from '../../rules/reconnection-errors.ts';
import { voiceErrors } from '../../rules/voice-errors.ts';
import { OWN_DOMAINS } from '../../scripts/sample/builder.ts';
import { sampleMistakes, sampleObjects } from '../../scripts/sample/customer.ts';
import { GENERATED_USERS } from '../../scripts/sample/generated.ts';
import type { SampleObject } from '../../scripts/sample/sample-object.ts';
import { sampleFile } from '../support/sample-configuration.ts';
import { validation } from '../support/source-object.ts';

const BASE = 'OU=Contoso,DC=corp,DC=contoso,DC=test';
const objects = sampleObjects();
const byDn = new Map(objects.map((object) => [object.dn, object]));
const of = (kind: SampleObject['kind']): SampleObject[] => objects.filter((object) => object.kind === kind);
const text = (object: SampleObject, name: string): string[] => (object.attributes[name] ?? []).map(String);
const settings = { ...validation, ownDomains: new Set<string>(OWN_DOMAINS) };

/** The object as the rules see it after it was read; binary values as the directory room writes them. */
function read(object: SampleObject): SourceObject {
  const attributes = Object.fromEntries(
    Object.entries(object.attributes).map(([name, values]) => [
      name,
      values.map((value) => (Buffer.isBuffer(value) ? value.toString('base64') : value)),
    ]),
  );
  return { guid: '', dn: object.dn, kind: object.kind as ObjectKind, attributes };
}

describe('the sample customer', () => {
  test('is as large as a small company', () => {
    expect(of('user').filter(({ dn }) => !dn.includes('OU=Generated,')).length).toBeGreaterThanOrEqual(230);
    expect(of('user').filter(({ dn }) => dn.endsWith(`OU=Generated,OU=People,${BASE}`))).toHaveLength(GENERATED_USERS);
    expect(of('group').length).toBeGreaterThanOrEqual(40);
    expect(of('contact').length).toBeGreaterThanOrEqual(30);
    expect(objects.filter((object) => 'extensionAttribute9' in object.attributes).length).toBeGreaterThanOrEqual(60);
  });

  test('is the same each time', () => {
    expect(sampleObjects()).toEqual(objects);
  });

  test('can be added in its order: containers first, no name twice', () => {
    const added = new Set([dnKey('DC=corp,DC=contoso,DC=test')]);
    for (const { dn } of objects) {
      expect(added).toContain(dnKey(parentOf(dn) ?? ''));
      added.add(dnKey(dn));
    }
    expect(added.size).toBe(objects.length + 1);
  });

  test.each(['sAMAccountName', 'userPrincipalName', 'employeeID', 'legacyExchangeDN'])('has no %s twice', (name) => {
    const values = objects.flatMap((object) => text(object, name)).map((value) => value.toLowerCase());
    expect(new Set(values).size).toBe(values.length);
    expect(values.length).toBeGreaterThan(GENERATED_USERS);
  });

  test('every account name fits, and every user has an employeeID', () => {
    for (const user of of('user')) {
      expect(text(user, 'sAMAccountName').map((name) => name.length <= 20)).toEqual([true]);
      expect(text(user, 'employeeID')).toHaveLength(1);
    }
  });

  test('links lead to objects of the sample', () => {
    for (const { links } of objects)
      for (const target of Object.values(links).flat()) expect(byDn.has(target)).toBe(true);
  });

  test('can be had twice in one forest, under another organizational unit with other accounts and addresses', () => {
    const other = sampleObjects({ base: 'OU=Second,DC=corp,DC=contoso,DC=test', prefix: 'x' });
    const unique = (of: readonly SampleObject[]): string[] =>
      of
        .filter(({ mistake }) => !mistake)
        .flatMap((object) =>
          ['sAMAccountName', 'userPrincipalName', 'mail', 'mailNickname', 'proxyAddresses'].flatMap((name) =>
            text(object, name),
          ),
        )
        .map((value) => value.toLowerCase());
    const taken = new Set(unique(objects));
    expect(unique(other).filter((value) => taken.has(value) && !value.startsWith('x500:'))).toEqual([]);
    expect(other.every(({ dn }) => dn.endsWith('OU=Second,DC=corp,DC=contoso,DC=test'))).toBe(true);
    expect(other).toHaveLength(objects.length);
  });
});

describe('what is right in the sample', () => {
  const right = objects.filter(({ kind, mistake }) => kind !== 'organizationalUnit' && !mistake);

  test('passes validation', () => {
    for (const object of right.filter((candidate) => 'mail' in candidate.attributes)) {
      expect({ dn: object.dn, errors: validate(read(object), settings) }).toEqual({ dn: object.dn, errors: [] });
    }
  });

  test('has provisioning values that can be read, in every form', () => {
    const values = right.flatMap((object) => text(object, 'extensionAttribute9'));
    const requests = values.map((value) => {
      const parsed = parseProvisioningValue(value);
      return parsed.ok ? (parsed.request.ask === 'mailbox' ? parsed.request.recipient : parsed.request.ask) : value;
    });
    expect(new Set(requests)).toEqual(
      new Set(['linked', 'room', 'equipment', 'shared', 'sharedLinked', 'lyncRoom', 'remove']),
    );
  });

  // Shows: Kinds / the sample asks for every kind of recipient, and for voice (none)
  test('asks for every kind of recipient and for voice under its configuration, without an error', () => {
    const configuration = configurationSchema.parse(parse(readFileSync(sampleFile, 'utf8')));
    const rules = ruleSettings(configuration, 'corp', false);
    if (rules === null) throw new Error('the sample has no forest corp');
    const asked = new Set<string>();
    const lines: string[] = [];
    for (const object of right) {
      const source = read(object);
      const evaluation = evaluate(
        {
          ...{ ...source, attributes: { ...source.attributes, objectSid: ['S-1-5-21-1-2-3-4'] } },
          ...{ malformed: [], gone: false, createdAt: '20260801120000.0Z' },
        },
        rules,
      );
      expect({ dn: object.dn, errors: evaluation.errors }).toEqual({ dn: object.dn, errors: [] });
      const { mail, voice } = evaluation.service;
      if (mail !== undefined) asked.add(mail.recipient);
      if (voice) asked.add('voice');
      lines.push(...evaluation.claims.filter(({ kind }) => kind === 'line').map(({ value }) => value));
      for (const type of evaluation.wanted['msExchRecipientTypeDetails'] ?? []) asked.add(type);
    }
    expect([...asked].sort()).toEqual([...RECIPIENT_KINDS, '64', '128', '256', '1024', 'voice'].sort());
    expect(lines.length).toBeGreaterThan(5);
    expect(new Set(lines).size).toBe(lines.length);
  });

  test('shares no address', () => {
    const values = right.flatMap((object) => text(object, 'proxyAddresses')).map((value) => value.toLowerCase());
    expect(new Set(values).size).toBe(values.length);
  });

  test('has the names and characters that break programs', () => {
    const names = objects.map(({ dn }) => dn).join('\n');
    for (const piece of [
      'ß',
      'Ż',
      'ı',
      'İ',
      '東京',
      '𠮷',
      '🚀',
      'יעל',
      '\\,',
      '\\+',
      '\\=',
      '\\"',
      '\\\\',
      'CN=\\#',
      'CN=\\ ',
      '\\ ,OU=',
      "O'Brien",
    ]) {
      expect(names).toContain(piece);
    }
    const zoes = objects.map(({ dn }) => dn).filter((dn) => dn.normalize('NFC').startsWith('CN=Zoë Maier,'));
    expect(new Set(zoes).size).toBe(2);
    expect(objects.flatMap((object) => text(object, 'mail')).some((mail) => mail.includes("'"))).toBe(true);
    expect(Math.max(...objects.flatMap((object) => text(object, 'displayName')).map((name) => name.length))).toBe(256);
  });

  test('has photos, disabled users, managers and members out of scope', () => {
    const scope = compileScope({ include: [BASE], exclude: [`OU=Out of scope,${BASE}`] });
    const unscoped = new Set(
      of('user')
        .filter((user) => !decideScope(read(user), scope).inScope)
        .map(({ dn }) => dn),
    );
    const linked = (attribute: string): number =>
      objects.filter(({ dn, links }) => !unscoped.has(dn) && links[attribute]?.some((target) => unscoped.has(target)))
        .length;
    expect(linked('manager')).toBeGreaterThan(0);
    expect(linked('member')).toBeGreaterThan(1);
    expect(of('user').filter((user) => 'thumbnailPhoto' in user.attributes).length).toBeGreaterThan(20);
    expect(of('user').filter((user) => text(user, 'userAccountControl')[0] === '514').length).toBeGreaterThan(10);
  });

  test('has groups of each scope and type, nested, empty, large, and in a ring', () => {
    const types = new Set(
      of('group')
        .filter((group) => 'mail' in group.attributes)
        .map((group) => Number(text(group, 'groupType')[0])),
    );
    const security = -0x80000000;
    expect([...types].sort((one, other) => one - other)).toEqual([security + 2, security + 4, security + 8, 2, 4, 8]);
    const members = (dn: string): readonly string[] => byDn.get(dn)?.links['member'] ?? [];
    const sizes = of('group').map(({ dn }) => members(dn).length);
    expect(Math.max(...sizes)).toBe(GENERATED_USERS);
    expect(sizes).toContain(0);
    const reached = (from: string, seen = new Set<string>()): Set<string> => {
      for (const member of members(from)) if (!seen.has(member)) reached(member, seen.add(member));
      return seen;
    };
    expect(of('group').filter(({ dn }) => reached(dn).has(dn))).toHaveLength(3);
    expect(of('group').some(({ dn }) => !('mail' in (byDn.get(dn)?.attributes ?? {})))).toBe(true);
  });
});

describe('the mistakes of the sample', () => {
  const mistakes = sampleMistakes();
  /** Found by looking at all objects, or at the configuration; the others by looking at one object. */
  const shared = { SE303: 'proxyAddresses', SE304: 'mailNickname' } as const;

  test('are of every kind that a customer can make', () => {
    const made = new Set(mistakes.map(({ code }) => code));
    // Not in a directory, or not under this configuration: the others are up to the operator's settings.
    const byConfiguration = ['SE103', 'SE502', 'SE503', 'SE504', 'PE104', 'PE105', 'PE107'];
    const cannotBeMade = [
      'SE601',
      'SE602',
      'SE701',
      'SE702',
      'SE801',
      'SE802',
      'SE811',
      'SE812',
      'SE813',
      'SE814',
      ...Object.keys(reconnectionErrors),
      'SE901',
      'SE902',
      'SE911',
      'SE912',
      'SE913',
      'SE914',
      'PE103',
      'PE106',
      'PE108',
      ...Object.keys(deprovisioningErrors),
      ...Object.keys(voiceErrors),
      'PE902',
      'PE903',
      ...byConfiguration,
    ];
    for (const code of Object.keys(errorCatalogue)) if (!cannotBeMade.includes(code)) expect(made).toContain(code);
  });

  test('are found by validation, and nothing else is', () => {
    for (const { dn, code, what } of mistakes.filter(
      (mistake) => mistake.code && mistake.code.startsWith('SE') && !(mistake.code in shared),
    )) {
      const object = byDn.get(dn);
      const found = object && validate(read(object), settings).map((error) => error.code);
      expect({ what, found: [...new Set(found)] }).toEqual({ what, found: [code] });
    }
  });

  test('in provisioning values are found by their parser; a region is unknown only to the configuration, its database only to the managed forest', () => {
    for (const { dn, code } of mistakes.filter((mistake) => mistake.code?.startsWith('PE'))) {
      const object = byDn.get(dn);
      const parsed = parseProvisioningValue(object && text(object, 'extensionAttribute9')[0]);
      expect(parsed.ok).toBe(code !== 'PE101');
      if (parsed.ok) expect(parsed.request).toMatchObject({ ask: 'mailbox', region: code === 'PE901' ? 'AP' : 'MARS' });
    }
  });

  test('are values that another object has too', () => {
    for (const [code, attribute] of Object.entries(shared)) {
      const holders = mistakes.filter((mistake) => mistake.code === code).map(({ dn }) => byDn.get(dn));
      const values = holders.map(
        (holder) =>
          new Set(
            holder &&
              [...text(holder, attribute), ...text(holder, 'mail').map((mail) => `smtp:${mail}`)].map((value) =>
                value.toLowerCase(),
              ),
          ),
      );
      for (const [index, mine] of values.entries()) {
        const others = values.filter((_, other) => other !== index);
        expect([...mine].some((value) => others.some((other) => other.has(value)))).toBe(true);
      }
    }
  });
});
