import fc from 'fast-check';
import { isPrimarySmtp } from '../../rules/addresses.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import { attributeChange, sameValues } from '../../rules/change.ts';
import { compileFlow, flowOwned, valueOwned } from '../../rules/flow.ts';
import { anyKind, image } from '../support/source-object.ts';

const flow = compileFlow('contoso');

describe('what a change does', () => {
  test('nothing, when the managed object is as wanted', () => {
    const wanted = image({ displayName: 'Ann', otherTelephone: ['1', '2'], userAccountControl: '514' });
    const managed = image({ displayName: 'Ann', otherTelephone: ['2', '1'], userAccountControl: '514' });
    expect(attributeChange(flow, 'user', wanted, managed, {})).toBeNull();
  });

  test('only what differs: a new value, another one, one that goes', () => {
    const wanted = image({ displayName: 'Ann Doe', title: 'Engineer', mail: 'ann@contoso.test' });
    const managed = image({ displayName: 'Ann', department: 'Sales', mail: 'ann@contoso.test' });
    expect(attributeChange(flow, 'user', wanted, managed, {})).toEqual({
      before: { displayName: ['Ann'], title: [], department: ['Sales'] },
      after: { displayName: ['Ann Doe'], title: ['Engineer'], department: [] },
    });
  });

  test('a change of case is a change: the address book shows it', () => {
    expect(attributeChange(flow, 'user', image({ displayName: 'McCoy' }), image({ displayName: 'Mccoy' }), {})).toEqual(
      {
        before: { displayName: ['Mccoy'] },
        after: { displayName: ['McCoy'] },
      },
    );
  });

  // Shows: Flow / one owner per attribute (none)
  test.each(['homeMDB', 'msExchMailboxGuid', 'msExchImmutableId', 'sAMAccountName', 'member', 'manager'])(
    'leaves %s alone, which flow does not own',
    (name) => {
      expect(attributeChange(flow, 'user', {}, image({ [name]: 'somebody’s' }), {})).toBeNull();
    },
  );

  // Shows: Drift / an account that was enabled by hand is disabled again (none)
  test('an account that was enabled by hand is disabled again', () => {
    const change = attributeChange(
      flow,
      'user',
      image({ userAccountControl: '514' }),
      image({ userAccountControl: '512' }),
      {},
    );
    expect(change?.after).toEqual({ userAccountControl: ['514'] });
  });

  test('targetAddress of a contact is flow’s, that of a user is not', () => {
    const managed = image({ targetAddress: 'SMTP:ann@elsewhere.example' });
    expect(attributeChange(flow, 'user', {}, managed, {})).toBeNull();
    expect(attributeChange(flow, 'contact', {}, managed, {})?.after).toEqual({ targetAddress: [] });
  });
});

describe('proxyAddresses, owned by value', () => {
  const addresses = (
    wanted: readonly string[],
    managed: readonly string[],
    ours: readonly string[],
  ): readonly string[] | undefined =>
    attributeChange(flow, 'user', { proxyAddresses: wanted }, { proxyAddresses: managed }, { proxyAddresses: ours })
      ?.after['proxyAddresses'];

  test('a value that none of us wrote stays', () => {
    expect(addresses(['SMTP:ann@contoso.test'], ['smtp:by.hand@x.example'], [])).toEqual([
      'SMTP:ann@contoso.test',
      'smtp:by.hand@x.example',
    ]);
  });

  test('a value that we wrote and that nobody wants any more goes', () => {
    const old = ['SMTP:ann@contoso.test', 'smtp:old@contoso.test'];
    expect(addresses(['SMTP:ann@contoso.test'], old, old)).toEqual(['SMTP:ann@contoso.test']);
    expect(addresses([], old, old)).toEqual([]);
  });

  test('a value that changes from secondary to primary is written again, whoever wrote it', () => {
    expect(addresses(['SMTP:ann@contoso.test'], ['smtp:Ann@contoso.test'], [])).toEqual(['SMTP:ann@contoso.test']);
  });

  test('a foreign primary address becomes a secondary one beside ours', () => {
    expect(addresses(['SMTP:ann@contoso.test'], ['SMTP:by.hand@x.example'], [])).toEqual([
      'SMTP:ann@contoso.test',
      'smtp:by.hand@x.example',
    ]);
  });

  test('a foreign primary address stays primary where we want none', () => {
    expect(addresses(['sip:ann@contoso.test'], ['SMTP:by.hand@x.example'], [])).toEqual([
      'SMTP:by.hand@x.example',
      'sip:ann@contoso.test',
    ]);
  });

  test('a foreign value alone is no change', () => {
    expect(addresses(['SMTP:ann@contoso.test'], ['smtp:x@x.example', 'SMTP:ann@contoso.test'], [])).toBeUndefined();
  });
});

describe('of any two images', () => {
  const address = fc
    .tuple(fc.constantFrom('SMTP', 'smtp', 'sip', 'X500'), fc.constantFrom('ann', 'Ann', 'bob', 'eve'))
    .map(([type, name]) => `${type}:${name}@contoso.test`);
  /** As a directory holds them: no two equal without regard to case, at most one primary. */
  const addresses = fc
    .uniqueArray(address, { selector: (value) => value.toLowerCase(), maxLength: 6 })
    .map((values) =>
      values.map((value, index) => (values.findIndex(isPrimarySmtp) < index ? value.replace('SMTP:', 'smtp:') : value)),
    );
  const values = fc.uniqueArray(fc.constantFrom('1', '2', '3'), { maxLength: 3 });
  const someImage = fc
    .record({ displayName: values, title: values, otherTelephone: values, homeMDB: values, proxyAddresses: addresses })
    .map((all) => Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0)) as AttributeImage);
  const scene = fc.record({ kind: anyKind, wanted: someImage, managed: someImage, ours: someImage });

  // Shows: Drift / a correction leaves nothing to correct (none)
  test('the change applied leaves nothing to change', () => {
    fc.assert(
      fc.property(scene, ({ kind, wanted, managed, ours }) => {
        const change = attributeChange(flow, kind, wanted, managed, ours);
        const applied = { ...managed, ...change?.after };
        expect(attributeChange(flow, kind, wanted, applied, ours)).toBeNull();
      }),
    );
  });

  test('a change names only attributes that flow owns, and what was there before', () => {
    fc.assert(
      fc.property(scene, ({ kind, wanted, managed, ours }) => {
        const change = attributeChange(flow, kind, wanted, managed, ours);
        for (const [name, before] of Object.entries(change?.before ?? {})) {
          expect(flowOwned(flow, kind)).toContain(name);
          expect(before).toEqual(managed[name] ?? []);
          if (!valueOwned.has(name)) expect(change?.after[name]).toEqual(wanted[name] ?? []);
        }
      }),
    );
  });

  // Shows: Flow / one owner per value for addresses (none)
  test('afterwards every wanted address is there, no foreign one is lost, and ours that nobody wants are gone', () => {
    fc.assert(
      fc.property(scene, ({ kind, wanted, managed, ours }) => {
        const key = (value: string): string => value.toLowerCase();
        const of = (some: AttributeImage): readonly string[] => some['proxyAddresses'] ?? [];
        const after = of({ ...managed, ...attributeChange(flow, kind, wanted, managed, ours)?.after });
        const wantedKeys = of(wanted).map(key);
        const ourKeys = of(ours).map(key);
        for (const value of of(wanted)) expect(after).toContain(value);
        for (const value of of(managed).map(key))
          expect(after.map(key).includes(value)).toBe(wantedKeys.includes(value) || !ourKeys.includes(value));
        expect(after.filter(isPrimarySmtp).length).toBeLessThanOrEqual(1);
        expect(new Set(after.map(key)).size).toBe(after.length);
      }),
    );
  });
});

test.each([
  [['a', 'b'], ['b', 'a'], true],
  [[], [], true],
  [['a'], ['A'], false],
  [['a'], ['a', 'b'], false],
  [['a', 'b'], ['a'], false],
  [['a', 'a'], ['a', 'b'], false],
])('%j and %j hold the same values: %s', (one, other, same) => {
  expect(sameValues(one, other)).toBe(same);
});
