import { inflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';

/** How long a page may take to show what is waited for, in ms. */
const PATIENCE_MS = 30_000;
const HEADER_BYTES = 8;
/** A page of text and colours has far more different bytes than an empty one. */
const LEAST_DIFFERENT = 24;

/** A picture of a page was wanted that does not show what it should. */
export class NotShown extends Error {
  override readonly name = 'NotShown';
}

/**
 * Waits until the page, the frames in it included, shows all of these words.
 *
 * @throws NotShown with those that it does not show
 */
export async function shows(page: Page, words: readonly string[], patienceMs = PATIENCE_MS): Promise<void> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const text = await textOf(page);
    const missing = words.filter((word) => !text.includes(word));
    if (missing.length === 0) return;
    if (Date.now() > until) throw new NotShown(`${page.url()} does not show: ${missing.join(', ')}`);
    await page.waitForTimeout(100);
  }
}

/** What there is to read on a page and in its frames; the Temporal UI has Markdown in frames. */
export async function textOf(page: Page): Promise<string> {
  const texts = await Promise.all(
    page.frames().map((frame) =>
      frame
        .locator('body')
        .innerText({ timeout: 1_000 })
        .catch(() => ''),
    ),
  );
  return texts.join('\n').replaceAll(/\s+/g, ' ');
}

/** Whether a PNG shows one colour only, or next to nothing. */
export function isBlank(png: Buffer): boolean {
  const data: Buffer[] = [];
  for (let at = HEADER_BYTES; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return new Set(inflateSync(Buffer.concat(data))).size < LEAST_DIFFERENT;
}

/**
 * Takes a picture of what the window shows.
 *
 * @throws NotShown when it is blank
 */
export async function picture(page: Page): Promise<Buffer> {
  const png = await page.screenshot({ animations: 'disabled' });
  if (isBlank(png)) throw new NotShown(`${page.url()} is blank`);
  return png;
}
