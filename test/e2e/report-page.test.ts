import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { visible } from '../../activities/report/html.ts';
import { reportPage } from '../../activities/report/page.ts';
import { remediesPage } from '../../activities/report/remedies.ts';
import { launchBrowser } from '../../scripts/browser/browser.ts';
import { openReport, type OpenedReport } from '../../scripts/browser/open-report.ts';
import { isBlank } from '../../scripts/screenshots/picture.ts';
import { pictureOfReport } from '../../scripts/screenshots/report-page.ts';
import { hostileReport, HOSTILE } from '../support/report-content.ts';

let browser: Browser;
let folder: string;
let report: OpenedReport;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'itasca-page-'));
  await writeFile(join(folder, 'report.html'), reportPage(hostileReport()));
  await writeFile(join(folder, 'remedies.html'), remediesPage());
  browser = await launchBrowser();
  report = await openReport(browser, join(folder, 'report.html'));
});

afterAll(() => rm(folder, { recursive: true }));
afterAll(() => browser.close());

/** How many elements of the page there are of this selector. */
function count(selector: string): Promise<number> {
  return report.page.locator(selector).count();
}

// Shows: Reports / a displayName with script, link or formula does nothing in a browser (chromium)
test('names that would like to do something are text: nothing runs, is asked for or can be clicked', async () => {
  const { page, worries } = report;
  const text = await page.locator('body').innerText();
  for (const name of HOSTILE) expect(text).toContain(visible(name));
  expect(await page.title()).toBe('Itasca: contoso, 2026-11-22');
  expect(await count('script, img, iframe, object, embed, form, base, link')).toBe(0);
  expect(await count('style')).toBe(1);
  expect(await count('svg')).toBe(3);
  expect(await count('a:not([href^="#"])')).toBe(0);
  const handlers = `[...document.querySelectorAll('*')].flatMap((e) => [...e.attributes]).filter((a) => a.name.startsWith('on')).length`;
  expect(await page.evaluate<number>(handlers)).toBe(0);
  expect(worries).toEqual([]);
});

// Shows: Reports / the page is readable without a network: its words, its charts, its style (chromium)
test('the page is readable without a network, and not blank', async () => {
  const { page } = report;
  for (const heading of ['Waiting for an answer', 'How it stands', 'Errors', 'Unresolved the longest', 'Conflicts'])
    expect(await page.getByRole('heading', { name: heading, exact: true }).isVisible()).toBe(true);
  // Its style sheet is let through by its policy.
  expect(await page.evaluate<string>(`getComputedStyle(document.body).maxWidth`)).toBe('1060px');
  for (const svg of await page.locator('svg').all()) expect((await svg.boundingBox())?.height).toBeGreaterThan(100);
  expect((await page.locator('rect.bar').first().boundingBox())?.height).toBeGreaterThan(50);
  // A link leads to the code that it names.
  await page.locator('a[href="#SE303"]').first().click();
  expect(await page.locator('#SE303').isVisible()).toBe(true);
  // Taken as for the documentation: it throws where the page is blank, or lacks a word.
  const png = await pictureOfReport(browser, join(folder, 'report.html'), ['SE303', 'Unresolved the longest']);
  expect(isBlank(png)).toBe(false);
  await expect(pictureOfReport(browser, join(folder, 'report.html'), ['PE999'], 0)).rejects.toThrow(
    'does not show: PE999',
  );
});

// Shows: Reports / what got into the page all the same could not run, load or send (chromium)
test('the policy of the page stops what would have got into it', async () => {
  const opened = await openReport(browser, join(folder, 'report.html'));
  const { page } = opened;
  try {
    await page.evaluate(`(() => {
      window.stopped = [];
      addEventListener('securitypolicyviolation', (event) => stopped.push(event.effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'document.title = "caught"';
      document.body.append(script);
      const image = document.createElement('img');
      image.src = 'http://127.0.0.1:9/x';
      document.body.append(image);
    })()`);
    expect(await page.evaluate<string>(`fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'stopped')`)).toBe(
      'stopped',
    );
    expect(await page.title()).not.toBe('caught');
    // The script, the picture and what was to be sent.
    await page.waitForFunction('stopped.length === 3');
    expect(await page.evaluate('stopped.sort()')).toEqual(['connect-src', 'img-src', 'script-src-elem']);
  } finally {
    await opened.close();
  }
});

test('the page of remedies is readable, too', async () => {
  const opened = await openReport(browser, join(folder, 'remedies.html'));
  const { page, worries } = opened;
  try {
    expect(await page.getByRole('heading', { name: 'SE303' }).isVisible()).toBe(true);
    expect(worries).toEqual([]);
  } finally {
    await opened.close();
  }
});
