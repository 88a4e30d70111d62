import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { first } from '../../rules/objects.ts';
import { migrationId } from '../../workflows/ids.ts';
import type { migrateServices } from '../../workflows/migrate-services.ts';
import { itasca, itascaJson } from '../support/command.ts';
import { done } from '../support/directory-sandbox.ts';
import { recordHistory } from '../support/histories.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { lasting, mailboxes, mailboxOf } from '../support/reconnecting.ts';

let product: Product;
let folder: string;
const people = ['ada', 'ben', 'cem', 'dag', 'eve', 'fay', 'gil', 'hal'] as const;
const olds = new Map<string, string>();
const before = new Map<string, readonly (string | undefined)[]>();

const mailOf = (name: string): string => `${name}.${product.name}@contoso.test`;
const account = (name: string): ReturnType<typeof mailUser> =>
  mailUser(`${name}.${product.name}`, { extensionAttribute9: ['MBX=5GB;TYPE=EP2D;REG=EU'] });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'itasca-maps-'));
  product = await openProduct();
  for (const name of people) olds.set(name, await product.source.add('user', name, account(name)));
  await product.cycle();
  for (const name of people) before.set(name, lasting(await mailboxOf(product, mailOf(name))));
});

afterAll(() => product.dispose());
afterAll(() => rm(folder, { recursive: true }));

/** The anchor of the mailbox of somebody, which says whose it is. */
async function ownerOf(name: string): Promise<string | undefined> {
  const mailbox = await mailboxOf(product, mailOf(name));
  expect(lasting(mailbox)).toEqual(before.get(name));
  return first(mailbox?.attributes ?? {}, 'msExchImmutableId')
    ?.split('/')
    .at(-1);
}

// Shows: Reconnection / by command: cases list, show side by side, approve, reject, undo (samba)
test('cases are listed, shown side by side, and answered', async () => {
  expect(await itasca(product, 'cases')).toMatchObject({ code: 0, out: `No case of ${product.name} waits.\n` });
  const guid = await product.source.add('user', 'ada again', account('ada'));
  const other = await product.source.add('user', 'ben again', account('ben'));
  const chosen = await product.source.add('user', 'fay again', account('fay'));
  const named = await product.source.add('user', 'gil again', account('gil'));
  const third = await product.source.add('user', 'hal again', account('hal'));
  await product.cycle('delta');
  const { code, value } = await itascaJson(product, 'cases', 'list');
  expect(code).toBe(2);
  const { cases } = value as { cases: readonly { guid: string; code: string }[] };
  expect(new Map(cases.map((one) => [one.guid, one.code]))).toEqual(
    new Map([
      [guid, 'SE823'],
      [other, 'SE823'],
      [chosen, 'SE823'],
      [named, 'SE823'],
      [third, 'SE823'],
    ]),
  );
  const status = await itasca(product, 'status');
  expect(status.code).toBe(2);
  expect(status.out).toContain('5 cases');
  const shown = await itasca(product, 'cases', 'show', guid);
  expect(shown).toMatchObject({ code: 2, err: '' });
  expect(shown.out).toContain('primary SMTP address');
  expect(shown.out).toContain(before.get('ada')?.[1]);
  const both = await itascaJson(product, 'cases', 'show', guid);
  expect(both).toMatchObject({ code: 2, value: { case: { guid }, candidates: [expect.anything()] } });
  expect(await itasca(product, 'cases', 'approve', guid)).toMatchObject({
    code: 0,
    out: 'Approved. The next cycle of the forest reconnects it.\n',
  });
  expect(await itascaJson(product, 'cases', 'reject', product.source.dn('ben again'))).toMatchObject({
    code: 0,
    value: { object: other, decision: 'reject' },
  });
  expect(await itasca(product, 'cases', 'reject', third)).toMatchObject({ code: 0, err: '' });
  expect(await itasca(product, 'cases', 'choose', chosen, mailOf('fay'))).toMatchObject({ code: 0, err: '' });
  expect(await itascaJson(product, 'cases', 'choose', named, mailOf('gil'))).toMatchObject({
    code: 0,
    value: { object: named, decision: 'choose' },
  });
  await product.cycle('delta');
  expect(await ownerOf('ada')).toBe(guid);
  expect(await ownerOf('ben')).toBe(olds.get('ben'));
  expect(await ownerOf('hal')).toBe(olds.get('hal'));
  expect(await ownerOf('fay')).toBe(chosen);
  expect(await ownerOf('gil')).toBe(named);
  expect(await itascaJson(product, 'cases', 'approve', other)).toMatchObject({
    code: 1,
    value: { error: expect.any(String) as string },
  });
  expect(await itasca(product, 'cases', 'undo', guid)).toMatchObject({ code: 0 });
  expect(await itascaJson(product, 'cases', 'undo', chosen)).toMatchObject({ code: 0, value: { decision: 'undo' } });
  await product.cycle('delta');
  expect(await ownerOf('ada')).toBe(olds.get('ada'));
  expect(await ownerOf('fay')).toBe(olds.get('fay'));
});

// Shows: Reconnection / by command: two that are named, side by side before anything happens; a wrong pair is refused (samba)
test('two that are named are shown first, and reconnected with --yes; a wrong pair is refused', async () => {
  const guid = await product.source.add('user', 'cem again', account('cem'));
  await product.cycle('delta');
  const looked = await itasca(product, 'reconnect', mailOf('cem'), guid);
  expect(looked).toMatchObject({ code: 2, err: '' });
  expect(looked.out).toContain('Nothing is decided yet.');
  expect(await itasca(product, 'reconnect', 'nobody@contoso.test', guid, '--yes')).toMatchObject({
    code: 1,
    err: `${product.name} has no managed object "nobody@contoso.test".\n`,
  });
  const wrong = await itasca(product, 'reconnect', mailOf('cem'), olds.get('dag') ?? '', '--yes');
  expect(wrong.code).toBe(1);
  expect(wrong.err).toMatch(/^Refused: the source object has a managed object of its own/);
  expect(await itasca(product, 'reconnect', mailOf('cem'), guid, '--yes')).toMatchObject({ code: 0 });
  await product.cycle('delta');
  expect(await ownerOf('cem')).toBe(guid);
});

// Shows: Reconnection / by command: a migration map is shown as a plan and approved as one list (samba)
test('a map is checked, shown as a plan, and approved as the list that was seen', async () => {
  const dag = await product.source.add('user', 'dag again', account('dag'));
  const eve = await product.source.add('user', 'eve again', account('eve'));
  await product.cycle('delta');
  const file = join(folder, 'map.csv');
  await writeFile(
    file,
    `old,new\n${olds.get('dag') ?? ''},${dag}\n"${product.source.dn('eve')}",${eve}\nS-1-5-21-1-2,${eve}\n`,
  );
  const { code, value } = await itascaJson(product, 'reconnect', '--map', file);
  const plan = value as { map: string; hash: string; lines: number; faults: number };
  expect({ code, ...plan }).toMatchObject({ code: 2, lines: 3, faults: 2 });
  // The new account is named twice: neither line is right. It is corrected, and given again.
  await writeFile(
    file,
    `${olds.get('dag') ?? ''},${dag}\n"${product.source.dn('eve')}",${eve}\nS-1-5-21-1-2,S-1-5-21-1-3\n`,
  );
  const again = (await itascaJson(product, 'reconnect', '--map', file)).value as typeof plan;
  expect(again).toMatchObject({ lines: 3, faults: 1 });
  expect(await itascaJson(product, 'maps', 'approve', again.map, '--hash', 'another')).toMatchObject({
    code: 1,
    value: { error: expect.any(String) as string },
  });
  expect(await itasca(product, 'maps', 'approve', again.map, '--hash', again.hash)).toMatchObject({
    code: 0,
    out: 'Approved: 2 pairs. The next cycles of their forests reconnect them.\n',
  });
  const twice = (await itascaJson(product, 'reconnect', '--map', file)).value as typeof plan;
  expect(await itasca(product, 'maps', 'reject', plan.map, '--hash', plan.hash)).toMatchObject({ code: 0 });
  expect(await itascaJson(product, 'maps', 'reject', twice.map, '--hash', twice.hash)).toMatchObject({
    code: 0,
    value: { map: twice.map, decision: 'reject' },
  });
  await done(product.source.writer.remove({ dn: product.source.dn('eve') }));
  await product.cycle('delta');
  expect(await ownerOf('dag')).toBe(dag);
  expect(await ownerOf('eve')).toBe(eve);
  expect((await itasca(product, 'maps', 'show', again.map)).out).toContain('It is approved');
  expect((await itascaJson(product, 'maps', 'show', again.map)).value).toMatchObject({ map: again.map, faults: 1 });
  expect(await mailboxes(product)).toBe(people.length);
  const wave = product.temporal.workflow.getHandle<typeof migrateServices>(migrationId(product.name, again.map));
  expect(await wave.result()).toEqual({ outcome: 'migrated', reconnected: 2, left: 0 });
  await recordHistory(product.temporal, wave.workflowId, 'migrate-services-migrated');
});
