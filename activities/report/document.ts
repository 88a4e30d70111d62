import { createHash } from 'node:crypto';
import { html, Html } from './html.ts';

const STYLE = `
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, "Segoe UI", sans-serif; color: #1d2530; background: #fff; max-width: 1060px; margin: 0 auto; padding: 24px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 34px 0 8px; border-bottom: 1px solid #d5dbe3; padding-bottom: 4px; } h3 { font-size: 16px; margin: 22px 0 4px; }
p { margin: 4px 0 8px; } .quiet { color: #5b6675; } .wait { border-left: 4px solid #b45309; background: #fff7ed; padding: 8px 14px; }
table { border-collapse: collapse; width: 100%; margin: 8px 0; } th, td { text-align: left; vertical-align: top; padding: 4px 10px 4px 0; border-bottom: 1px solid #e6eaef; overflow-wrap: anywhere; }
th { font-weight: 600; color: #46505e; white-space: nowrap; } td.number, th.number { text-align: right; white-space: nowrap; }
time { white-space: nowrap; }
code { font: 13px ui-monospace, Consolas, monospace; background: #f1f4f8; padding: 1px 4px; }
.totals { display: grid; grid-template-columns: repeat(auto-fill, minmax(180px, 1fr)); gap: 10px; margin: 14px 0; } .totals div { border: 1px solid #d5dbe3; border-radius: 6px; padding: 8px 12px; } .totals b { display: block; font-size: 22px; }
figure { margin: 12px 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; font: 11px system-ui, sans-serif; fill: #5b6675; }
.grid { stroke: #e6eaef; } .bar { fill: #2563a8; } .line { fill: none; stroke: #b91c1c; stroke-width: 2; } .dot { fill: #b91c1c; }
@media print { body { max-width: none; padding: 0; } h3, tr { break-inside: avoid; } }
`;

/** In one piece: its hash is of every character. */
const STYLE_ELEMENT = new Html(['<style>', STYLE, '</style>'].join(''));

/** Nothing is loaded, nothing runs, nothing is sent; the one style sheet is the one that is meant. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** A page of a report: whole by itself, readable without a network. */
export function document(title: string, body: readonly Html[]): string {
  return html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="referrer" content="no-referrer" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        ${body}
      </body>
    </html> `.text;
}

type Cell = string | number | Html | null;

/** A table; numbers stand at the right. Nothing where it has no rows. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): Html {
  const [first] = rows;
  if (first === undefined) return html``;
  const isNumber = head.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  const titles = head.map((title, column) =>
    isNumber[column] === true ? html`<th class="number">${title}</th>` : html`<th>${title}</th>`,
  );
  const cells = (row: readonly Cell[]): readonly Html[] =>
    row.map((cell, column) =>
      isNumber[column] === true ? html`<td class="number">${cell}</td>` : html`<td>${cell}</td>`,
    );
  return html`<table>
    <thead>
      <tr>
        ${titles}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            ${cells(row)}
          </tr> `,
      )}
    </tbody>
  </table> `;
}
