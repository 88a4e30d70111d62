import type { AttributeImage } from '../../rules/attributes.ts';
import { configurationSchema } from '../../rules/configuration.ts';
import { listErrors } from '../../store/errors.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

type Outcome = 'mailbox' | 'mail user' | 'neither' | 'not made';

interface Row {
  readonly asks: boolean;
  readonly listed: boolean;
  readonly homeMdb: boolean;
  readonly target: 'here' | 'elsewhere' | 'absent';
  /** With New Hire on and off. */
  readonly outcome: readonly [on: Outcome, off: Outcome];
  readonly codes: readonly [on: readonly string[], off: readonly string[]];
}

const same = <T>(value: T): readonly [T, T] => [value, value];
const none: readonly string[] = [];

/** Every combination of what the table of KB 2615447 looks at. */
const rows: readonly Row[] = [
  ...(['here', 'elsewhere', 'absent'] as const).flatMap((target): readonly Row[] => [
    // A mailbox in the Customer Forest counts as a mailbox there, wherever the mail goes.
    {
      ...{ asks: false, listed: true, homeMdb: true, target },
      outcome: same(target === 'here' ? 'neither' : 'mail user'),
      codes: same(none),
    },
    { asks: false, listed: false, homeMdb: true, target, outcome: same('not made'), codes: same(['SE504']) },
  ]),
  { asks: false, listed: true, homeMdb: false, target: 'here', outcome: same('neither'), codes: same(none) },
  { asks: false, listed: true, homeMdb: false, target: 'elsewhere', outcome: same('mail user'), codes: same(none) },
  {
    ...{ asks: false, listed: true, homeMdb: false, target: 'absent' },
    outcome: ['neither', 'not made'],
    codes: [none, ['SE503']],
  },
  { asks: false, listed: false, homeMdb: false, target: 'elsewhere', outcome: same('mail user'), codes: same(none) },
  { asks: false, listed: false, homeMdb: false, target: 'absent', outcome: same('not made'), codes: same(['SE503']) },
  { asks: true, listed: true, homeMdb: false, target: 'here', outcome: same('mailbox'), codes: same(none) },
  {
    ...{ asks: true, listed: true, homeMdb: false, target: 'elsewhere' },
    outcome: ['mailbox', 'neither'],
    codes: [none, ['PE105']],
  },
  {
    ...{ asks: true, listed: true, homeMdb: false, target: 'absent' },
    outcome: ['mailbox', 'not made'],
    codes: [none, ['PE105', 'SE503']],
  },
  { asks: true, listed: true, homeMdb: true, target: 'here', outcome: same('mailbox'), codes: same(none) },
  { asks: true, listed: false, homeMdb: false, target: 'here', outcome: same('neither'), codes: same(['PE104']) },
  {
    ...{ asks: true, listed: false, homeMdb: false, target: 'elsewhere' },
    outcome: same('neither'),
    codes: same(['PE104']),
  },
  {
    ...{ asks: true, listed: false, homeMdb: false, target: 'absent' },
    outcome: same('not made'),
    codes: same(['PE104', 'SE503']),
  },
];

const nameOf = (row: Row): string => `object ${String(rows.indexOf(row))}`;

describe.each([
  ['on', 0],
  ['off', 1],
] as const)('New Hire %s', (newHire, column) => {
  let product: Product;
  let managed: Awaited<ReturnType<Product['managedObjects']>>;
  const codes = new Map<string, string[]>();

  beforeAll(async () => {
    product = await openProduct({
      change: (configuration) =>
        configurationSchema.parse({
          ...configuration,
          forests: configuration.forests.map((forest) => ({
            ...forest,
            scope: { ...forest.scope, smtp: { include: ['contoso.test'], outside: 'mail user' } },
          })),
          validation: { newHire: newHire === 'on', routingDomain: 'mgd.contoso.test' },
          services: {
            ...configuration.services,
            entitlement: { by: 'attribute', attribute: 'extensionAttribute1', equals: 'createMSOmailbox' },
          },
        }),
    });
    const alias = aliasesOf(product);
    for (const row of rows) {
      const name = alias(`o${String(rows.indexOf(row))}`);
      const mail = `${name}@${row.listed ? 'contoso.test' : 'contoso.example'}`;
      const targets = { here: [`SMTP:${name}@mgd.contoso.test`], elsewhere: [`SMTP:${name}@else.example`], absent: [] };
      await product.source.add('user', nameOf(row), {
        ...mailUser(name, { mail: [mail], proxyAddresses: [`SMTP:${mail}`] }),
        ...given('targetAddress', targets[row.target]),
        // Any object will do for a database.
        ...given('homeMDB', row.homeMdb ? [product.source.ou] : []),
        ...given('extensionAttribute1', row.asks ? ['CreateMSOmailbox'] : ['createMSOmailboxes']),
      });
    }
    await product.cycle();
    managed = await product.managedObjects([
      ...['homeMDB', 'targetAddress', 'msExchRecipientTypeDetails', 'msExchMailboxGuid', 'proxyAddresses'],
    ]);
    for (const { code, dn } of await listErrors(product.database, product.forest, 100)) {
      const name = /^CN=([^,]+)/.exec(dn)?.[1] ?? '';
      codes.set(name, [...(codes.get(name) ?? []), code].sort());
    }
  });

  afterAll(() => product.dispose());

  // Shows: Entitlement / the table of KB 2615447, row by row, with New Hire on and off, the inclusion list and one explicit rule (samba)
  test.each(
    rows.map(
      (row) =>
        [
          row.asks ? 'asks' : 'does not ask',
          row.listed ? 'in the list' : 'not in the list',
          row.homeMdb ? 'homeMDB' : 'no homeMDB',
          row.target,
          row.outcome[column],
          row,
        ] as const,
    ),
  )('%s for a mailbox, mail %s, %s, targetAddress %s: %s', (_asks, _listed, _home, target, outcome, row) => {
    const entry = managed.get(nameOf(row));
    const { attributes = {}, links = {} } = entry ?? {};
    const isMailbox = links['homeMDB'] !== undefined;
    const kind = attributes['msExchRecipientTypeDetails']?.[0];
    const shown: Outcome =
      entry === undefined ? 'not made' : isMailbox ? 'mailbox' : kind === '128' ? 'mail user' : 'neither';
    expect([shown, codes.get(nameOf(row)) ?? []]).toEqual([outcome, row.codes[column]]);
    expect(attributes['msExchMailboxGuid']?.length ?? 0).toBe(outcome === 'mailbox' ? 1 : 0);
    const leadsTo = attributes['targetAddress']?.[0] ?? '';
    expect(leadsTo).toMatch(
      outcome === 'mail user' ? (target === 'elsewhere' ? /@else\.example$/ : /^SMTP:.*@contoso\./) : /^$/,
    );
    const isRouted = attributes['proxyAddresses']?.some((value) => value.endsWith('@mgd.contoso.test')) ?? false;
    expect(isRouted).toBe(outcome === 'mailbox' || outcome === 'neither');
  });
});

function given(name: string, values: readonly string[]): AttributeImage {
  return values.length === 0 ? {} : { [name]: values };
}
