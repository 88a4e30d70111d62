import { createHash, randomUUID } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDelivery, type Delivery } from '../../store/reports.ts';
import type { Dependencies } from '../dependencies.ts';
import { sendMail } from '../send-mail.ts';
import { TOTALS } from './words.ts';

/** The folder that reports go to can not be written to. */
export class FolderUnusable extends Error {
  override readonly name = 'FolderUnusable';
}

/** Makes a delivery, unless it was made already. A killed attempt is followed by one with the same file or the same Message-ID. */
export async function deliverReportOf(dependencies: Dependencies, delivery: string): Promise<void> {
  await makeDelivery(dependencies.database, delivery, async (one) => {
    if (one.way === 'folder') await writeReport(one.target, one.report);
    else await sendReport(dependencies, one);
  });
}

/**
 * Writes a report to a folder: under its own name all at once, readable by its owner only, over nothing that is there.
 *
 * @returns the path
 * @throws FolderUnusable
 */
export async function writeReport(
  folder: string,
  { fileName, content }: { readonly fileName: string; readonly content: Buffer },
): Promise<string> {
  const unfinished = join(folder, `.${fileName}.${randomUUID()}`);
  try {
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    return await named(unfinished, folder, fileName, content);
  } catch (error) {
    throw new FolderUnusable(
      `A report can not be written to the folder ${folder} (${codeOf(error)}). It must exist, and be writable by the worker.`,
    );
  } finally {
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
}

/** Gives a file its name; where another one has it, one more that tells them apart. */
async function named(unfinished: string, folder: string, fileName: string, content: Buffer): Promise<string> {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  for (const name of [fileName, fileName.replace(/\.zip$/, `-${hash}.zip`)]) {
    const path = join(folder, name);
    try {
      await link(unfinished, path);
      return path;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      // An attempt before this one came as far as that.
      if (content.equals(await readFile(path))) return path;
    }
  }
  throw Object.assign(new Error('taken'), { code: 'EEXIST' });
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unexpected';
}

async function sendReport(dependencies: Dependencies, { id, target, report }: Delivery): Promise<void> {
  const { customer, subject, fileName, totals, content } = report;
  const about = subject
    .replace(/^day\//, '')
    .replace(/^run\//, 'cycle ')
    .replace(/^now\/.*/, 'now');
  const counts = (Object.keys(TOTALS) as readonly (keyof typeof TOTALS)[]).map(
    (name) => `${String(totals[name]).padStart(8)}  ${TOTALS[name]}`,
  );
  await sendMail(dependencies, {
    id,
    to: target,
    subject: `Itasca: ${customer}, ${about}: ${String(totals.inError)} in error, ${String(totals.waiting)} waiting`,
    text: [
      `${customer}, ${about}`,
      '',
      ...counts,
      '',
      'The report is attached: report.html is for reading, the CSV files are for spreadsheets, remedies.html explains the codes.',
      'It names people. Who should not get it is taken from reports.to of the configuration.',
    ].join('\n'),
    attachments: [{ name: fileName, type: 'application/zip', content }],
  });
}
