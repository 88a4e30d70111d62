import { styleText } from 'node:util';
import Table from 'cli-table3';

const NARROWEST = 80;
/** Width of tables where there is no terminal. */
const LOG_COLUMNS = 160;
/** Characters of a value that a table shows. */
const LONGEST_VALUE = 60;

/** What a command prints on: tables and sentences for people, or one JSON value for programs. */
export interface Output {
  readonly json: boolean;
  /** A sentence for people. Nothing where JSON is asked for. */
  say(line: string): void;
  /** A table for people. Nothing where JSON is asked for. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void;
  /** Lines that take the place of those shown last on a terminal; elsewhere they follow them where they differ. Nothing where JSON is asked for. */
  live(lines: readonly string[]): void;
  /** Text that is the result itself, whoever asks. */
  print(text: string): void;
  /** The result for programs. Nothing where people are told. */
  value(value: unknown): void;
  /** Text that stands out on a terminal. */
  strong(text: string): string;
  warning(text: string): string;
}

interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** @param stream where it goes; colours only where that is a terminal and NO_COLOR is not set */
export function outputTo(stream: Stream, json: boolean, environment: NodeJS.ProcessEnv): Output {
  const coloured = stream.isTTY === true && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
  const style = (format: 'bold' | 'yellow', text: string): string =>
    coloured ? styleText(format, text, { validateStream: false }) : text;
  const print = (text: string): void => {
    stream.write(`${text}\n`);
  };
  const shown = { lines: 0, text: '' };
  return {
    json,
    print,
    live: (lines) => {
      const text = lines.map(printable).join('\n');
      if (json || text === shown.text) return;
      // Up to the first of the lines before, and everything below it away.
      if (stream.isTTY === true && shown.lines > 0) stream.write(`\u001b[${String(shown.lines)}A\u001b[0J`);
      print(text);
      Object.assign(shown, { lines: lines.length, text });
    },
    say: (line) => {
      if (!json) print(line);
    },
    table: (head, rows) => {
      if (json || rows.length === 0) return;
      print(plainTable(head, rows, stream.isTTY === true ? (stream.columns ?? LOG_COLUMNS) : LOG_COLUMNS));
    },
    value: (value) => {
      if (json) print(JSON.stringify(value, null, 2));
    },
    strong: (text) => style('bold', text),
    warning: (text) => style('yellow', text),
  };
}

/** A value, or several, as a cell of a table shows it. */
export function shortened(value: unknown): string {
  const text = value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

/** A table without colours, as wide as the terminal at most: the last column gives way. */
function plainTable(head: readonly string[], rows: readonly (readonly string[])[], width: number): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = head.map((title, column) =>
    Math.max(
      title.length,
      ...cells.map((row) => Math.max(...(row[column] ?? '').split('\n').map((part) => part.length))),
    ),
  );
  const room = Math.max(width, NARROWEST) - 3 * head.length - 1;
  const table = new Table({
    head: [...head],
    colWidths: fitted(widths, room).map((columns) => columns + 2),
    wordWrap: true,
    wrapOnWordBoundary: false,
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const row of cells) table.push([...row]);
  return table.toString();
}

/** Takes from the widest columns what is too much. */
function fitted(widths: readonly number[], room: number): number[] {
  const result = [...widths];
  while (result.reduce((sum, width) => sum + width, 0) > room) {
    const widest = result.indexOf(Math.max(...result));
    const width = result[widest] ?? 0;
    if (width <= 8) break;
    result[widest] = width - 1;
  }
  return result;
}

/** Somebody's text without the control characters that a terminal would obey; line breaks stay. */
export function printable(text: string): string {
  return text.replaceAll(/(?!\n)\p{Cc}/gu, '\ufffd');
}

/** A time span as people say it, the larger unit only: `3 min`, `5 h`, `2 d`. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${String(seconds)} s`;
  if (seconds < 2 * 3600) return `${String(Math.round(seconds / 60))} min`;
  if (seconds < 2 * 86_400) return `${String(Math.round(seconds / 3600))} h`;
  return `${String(Math.round(seconds / 86_400))} d`;
}
