import { visible } from './html.ts';

/** By this mark a spreadsheet takes the file for UTF-8; without it, for its own code page. */
export const BYTE_ORDER_MARK = '\ufeff';

/** First characters by which a spreadsheet takes a text for a formula (OWASP, CSV Injection), the wide ones of Asian keyboards too. */
const STARTERS = '=+\\-@|%\uff1d\uff0b\uff0d\uff20';
const FORMULA = new RegExp(`^[\\t\\r\\n]|^\\s*[${STARTERS}]`);
/** The same behind what another locale, or a careless import, takes for the end of a cell. */
const INNER = new RegExp(`([;\\t\\n]["'\\s]*)([${STARTERS}])`, 'g');

export type Cell = string | number | Date | null;

/** A line of a CSV file (RFC 4180). A text that a spreadsheet would calculate is preceded by an apostrophe, by which it stays text. */
export function csvLine(row: readonly Cell[]): string {
  return `${row.map(cell).join(',')}\r\n`;
}

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  if (value instanceof Date) return value.toISOString();
  const text = visible(value).replace(INNER, "$1'$2");
  return `"${(FORMULA.test(value) ? `'${text}` : text).replaceAll('"', '""')}"`;
}
