import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openReport } from '../browser/open-report.ts';
import { unzipped } from '../browser/unzipped.ts';
import { NotShown, picture, shows } from './picture.ts';
import { itasca } from './terminal.ts';

/** What a reader sees first, whatever the report is about. */
const WORDS = ['How it stands', 'Waiting for an answer', 'Errors'];

/**
 * Takes a picture of the page of a report, as a reader without a network has it.
 *
 * @param words what it has to show besides
 * @throws NotShown when it does not show what it should, or is blank
 */
export async function pictureOfReport(
  browser: Browser,
  file: string,
  words: readonly string[],
  patienceMs?: number,
): Promise<Buffer> {
  const opened = await openReport(browser, file);
  const { page, worries } = opened;
  try {
    await shows(page, [...WORDS, ...words], patienceMs);
    const png = await picture(page);
    if (worries.length > 0) throw new NotShown(`the page of the report ${worries.join(', ')}`);
    return png;
  } finally {
    await opened.close();
  }
}

/** The same of a report that is made now, of the sample that runs. */
export async function pictureOfReportNow(browser: Browser, words: readonly string[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'itasca-report-'));
  try {
    await itasca(['report', '--out', folder]);
    const [zip] = await readdir(folder);
    const page = zip === undefined ? undefined : unzipped(await readFile(join(folder, zip))).get('report.html');
    if (page === undefined) throw new Error('no report was made');
    const file = join(folder, 'report.html');
    await writeFile(file, page);
    return await pictureOfReport(browser, file, words);
  } finally {
    await rm(folder, { recursive: true });
  }
}
