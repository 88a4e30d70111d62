import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/browser/browser.ts';
import { isBlank, picture, shows } from '../../scripts/screenshots/picture.ts';
import { pictureOfTerminal } from '../../scripts/screenshots/terminal.ts';
import { pictureOfUpdate, pictureOfView, pictureOfWorkflow } from '../../scripts/screenshots/temporal-ui.ts';
import { runsOfObject, ofCustomer, VIEWS, type View } from '../../workflows/views.ts';
import { startCycle, waitingList } from '../support/approval.ts';
import { itasca, itascaJson } from '../support/command.ts';
import { done } from '../support/directory-sandbox.ts';
import { Ends } from '../support/ends.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

/** What an operator sees in the Temporal UI, in a real browser; the pictures of the documentation are taken by the same code. */
let product: Product;
let browser: Browser;
let ends: Ends;
let leaver: string;

beforeAll(async () => {
  browser = await launchBrowser();
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      deprovisioning: { ...configuration.deprovisioning, grace: '1h' },
      exchange: {
        ...configuration.exchange,
        regions: {
          ...configuration.exchange.regions,
          AP: { databases: [`CN=nobody has made it,${configuration.managed.ou}`] },
        },
      },
      guard: { ...configuration.guard, attributes: { title: { changed: { count: 0, percent: 100, few: 0 } } } },
    }),
  });
  ends = new Ends(product);
  const alias = aliasesOf(product);
  const mailbox = (name: string, value: string): Promise<string> =>
    product.source.add('user', name, mailUser(alias(name), { extensionAttribute9: [value], title: ['Engineer'] }));
  leaver = await mailbox('leaves', 'MBX=5GB;TYPE=EP2D;REG=EU');
  await mailbox('refused', 'MBX=2GB;TYPE=KIOSK;REG=AP');
  await mailbox('promoted', 'MBX=5GB;TYPE=EP2D;REG=EU');
  await product.cycle();
  await ends.leave('leaves');
  await ends.stage('leaves', 'grace');
  const promoted = { dn: product.source.dn('promoted') };
  await done(
    product.source.writer.modify(promoted, [{ operation: 'replace', attribute: 'title', values: ['Manager'] }]),
  );
}, 120_000);

afterAll(async () => {
  await browser.close();
  await product.dispose();
});

function ui(): { readonly url: string; readonly namespace: string } {
  const { uiUrl, namespace } = testStack().temporal;
  return { url: uiUrl ?? '', namespace };
}

/** The workflows that a view of this customer finds, once it finds any; visibility is behind by some moments. */
async function found(view: View): Promise<readonly { workflowId: string; runId: string }[]> {
  for (let tries = 0; ; tries += 1) {
    const all = [];
    for await (const { workflowId, runId } of product.temporal.workflow.list({
      query: ofCustomer(view, product.name).query,
    }))
      all.push({ workflowId, runId });
    if (all.length > 0 || tries > 300) return all;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function view(name: string): View {
  const one = VIEWS.find((item) => item.name === name);
  if (one === undefined) throw new Error(name);
  return one;
}

// Shows: UI / search attributes by which the questions of a day are saved views; one object's runs (chromium)
// Shows: UI / each run is understood: summary, details with what it waits for and how to answer, named timers (chromium)
test('the views find what waits, and each run says what it waits for and how to answer', async () => {
  const cycle = await startCycle(product, 'delta');
  const { hash } = await waitingList(cycle);
  const [list] = await found(view('Waiting for approval'));
  expect(list?.workflowId).toBe(cycle.workflowId);
  const [refused] = await found(view('Waiting for a correction'));
  expect(refused?.workflowId).toMatch(new RegExp(`^provision/${product.name}/`));
  const [ending] = await found(view('Deprovisioning'));
  expect(ending?.workflowId).toBe((await ends.workflow('leaves')).workflowId);
  expect((await found(runsOfObject(leaver))).map((run) => run.workflowId)).toContain(ending?.workflowId);
  if (list === undefined || refused === undefined || ending === undefined) throw new Error('not found');

  // Each is only taken when the page shows these words, and throws when it is blank.
  const waiting = ofCustomer(view('Waiting for approval'), product.name);
  const pictures = [
    await pictureOfView(browser, ui(), waiting, [list.workflowId]),
    await pictureOfWorkflow(browser, ui(), list, 'user-metadata', [
      'waiting for approval',
      '1 changes wait for an answer',
      'title to be changed: 1',
      hash,
    ]),
    await pictureOfUpdate(browser, ui(), list, 'approve', { operator: 'Olga Operator', hash }),
    await pictureOfWorkflow(browser, ui(), refused, 'user-metadata', [
      'Waits for a correction: PE901',
      'itasca errors show PE901',
      'retry',
      'skip',
    ]),
    await pictureOfWorkflow(browser, ui(), ending, 'user-metadata', ['Grace time', 'delay', 'End of the services']),
    await pictureOfWorkflow(browser, ui(), ending, 'history', ['Grace time']),
  ];
  for (const png of pictures) expect(isBlank(png)).toBe(false);
  const { out } = await itasca(product, 'changes');
  expect(isBlank(await pictureOfTerminal(browser, [{ line: 'itasca changes', text: out }], ['itasca approve']))).toBe(
    false,
  );
  const { value } = await itascaJson(product, 'changes');
  const { run } = (value as { readonly list: { readonly run: string } }).list;
  expect((await itasca(product, 'approve', run, '--hash', hash)).code).toBe(0);
  await cycle.result();
}, 120_000);

test('a page that does not show what it should, or nothing, gives no picture', async () => {
  const page = await browser.newPage();
  await page.setContent('<body>something else</body>');
  await expect(shows(page, ['something', 'what is not there'], 300)).rejects.toThrow(/not show: what is not there$/);
  await page.setContent('<body></body>');
  await expect(picture(page)).rejects.toThrow('is blank');
  await page.close();
});

// Shows: Command / views: filters of the Temporal UI and links to them (none)
test('the views are printed, for one customer or one object too', async () => {
  const { code, out } = await itasca(product, 'views');
  expect(code).toBe(0);
  for (const { name, query } of VIEWS) {
    expect(out).toContain(name);
    expect(out).toContain(query);
  }
  const { value } = await itascaJson(product, 'views', '--object', leaver, '--customer', product.name);
  expect(value).toEqual({
    views: [{ ...ofCustomer(runsOfObject(leaver), product.name), url: null }],
  });
  expect(await itasca(product, 'views', '--object', 'nobody')).toMatchObject({
    code: 1,
    err: expect.stringContaining('no objectGUID') as unknown,
  });
});
