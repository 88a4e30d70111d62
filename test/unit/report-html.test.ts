import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { chart } from '../../activities/report/chart.ts';
import { document, table } from '../../activities/report/document.ts';
import { escapeHtml, html, marked, visible } from '../../activities/report/html.ts';
import { reportPage } from '../../activities/report/page.ts';
import { remediesPage } from '../../activities/report/remedies.ts';
import { errorCatalogue } from '../../rules/error-catalogue.ts';
import { hostileReport, HOSTILE } from '../support/report-content.ts';

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** What a browser makes of escaped text. */
function read(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] ?? '');
}

// Shows: Reports / HTML: any text stays text (none)
test('any text is shown as it is and adds no markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const escaped = escapeHtml(text);
      expect(escaped).not.toMatch(/[<>"']/);
      expect(escaped).not.toMatch(/&(?!(?:amp|lt|gt|quot|#39);)/);
      expect(read(escaped)).toBe(visible(text));
    }),
  );
});

test('what is put into a page is text, unless it is HTML of ours', () => {
  expect(html`<p title="${'" onclick="x'}">${'<b>'}${html`<i>${1}</i>`}${null}</p>`.text).toBe(
    '<p title="&quot; onclick=&quot;x">&lt;b&gt;<i>1</i></p>',
  );
  expect(marked('Set `mail` to <it>').text).toBe('Set <code>mail</code> to &lt;it&gt;');
});

test('characters that turn the text around them, or that nobody sees, are shown by their numbers', () => {
  expect(visible('invoice\u202egpj.exe \u200b\u0007\ud800')).toBe('invoice[U+202E]gpj.exe [U+200B][U+0007][U+D800]');
  expect(visible('Zoë 陳\n\t')).toBe('Zoë 陳\n\t');
});

// Shows: Reports / HTML: nothing is loaded and nothing runs (none)
test('a page names no other place, and its policy forbids everything but its own style', () => {
  const page = document('<t>', [
    table(['a'], [[1], ['<x>']]),
    chart({ title: 'T', days: [{ day: '2026-11-22', value: 3 }] }, 'line'),
  ]);
  expect(page).toContain(`content="default-src &#39;none&#39;; style-src &#39;sha256-`);
  const style = /<style>(?<text>.*)<\/style>/s.exec(page)?.groups?.['text'] ?? '';
  expect(page).toContain(`sha256-${createHash('sha256').update(style).digest('base64')}&#39;`);
  for (const text of [page, remediesPage()]) {
    expect(text).not.toMatch(/<(?:script|iframe|object|embed|link|img|base|form)\b/i);
    expect(text).not.toMatch(/\s(?:src|on\w+|style)=/i);
    expect(text).not.toMatch(/\b(?:url\(|@import)/i);
    expect(text).not.toMatch(/href="(?!#)/);
  }
});

test('every code has its remedy', () => {
  const page = remediesPage();
  for (const code of Object.keys(errorCatalogue)) expect(page).toContain(`id="${code}"`);
});

describe('a chart', () => {
  const days = [
    { day: '2026-11-20', value: null },
    { day: '2026-11-21', value: 0 },
    { day: '2026-11-22', value: 4 },
  ];

  test('shows the days that something is known of, and no other', () => {
    const line = chart({ title: 'Errors', days }, 'line').text;
    expect(line.match(/<circle/g)).toHaveLength(2);
    expect(line).toContain('<title>2026-11-22: 4</title>');
    expect(line).toContain('aria-label="Errors: 0 on 2026-11-21, 4 on 2026-11-22"');
    expect(chart({ title: 'Changes', days }, 'bars').text.match(/<rect/g)).toHaveLength(2);
  });

  test('is drawn of whatever counts there are', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat({ max: 5_000_000 })), { minLength: 1, maxLength: 366 }), (values) => {
        const series = values.map((value, index) => ({
          day: new Date(index * 86_400_000).toISOString().slice(0, 10),
          value,
        }));
        for (const shape of ['line', 'bars'] as const)
          expect(chart({ title: 'x', days: series }, shape).text).not.toMatch(/NaN|undefined|null|Infinity/);
      }),
      { numRuns: 30 },
    );
  });

  test('says so where nothing is known', () => {
    expect(chart({ title: 'x', days: [{ day: '2026-11-22', value: null }] }, 'line').text).toContain(
      'nothing is known yet',
    );
  });
});

// Shows: Reports / a page with every section, in which names that would like to do something are text (none)
test('a page tells what there is, and names are text wherever they stand', () => {
  const page = reportPage(hostileReport());
  for (const title of [
    'Waiting for an answer',
    'How it stands',
    'The 30 days up to 2026-11-22',
    'Unresolved the longest',
    'Conflicts',
    'Services that end within 14d',
    'Reading the Customer Forest',
    'Cycles: 2026-11-22',
  ])
    expect(page).toContain(`<h2>${title}</h2>`);
  expect(page).toContain(errorCatalogue.SE303.title);
  expect(page).toContain('itasca changes 17');
  for (const name of HOSTILE) expect(page).toContain(escapeHtml(`the other ${name}`).slice('the other '.length));
  const tags = new Set([...page.matchAll(/<([a-z0-9]+)/gi)].map(([, tag = '']) => tag.toLowerCase()));
  for (const tag of ['script', 'img', 'iframe']) expect(tags).not.toContain(tag);
  expect(page.match(/<style/g)).toHaveLength(1);
  expect(page.match(/<svg /g)).toHaveLength(3);
  expect(page).not.toMatch(/<[^>]*\son\w+=/i);
});

test('a report of a customer of whom nothing is known yet says so', () => {
  const none = {
    errors: [],
    longest: [],
    conflicts: [],
    endings: [],
    lists: [],
    cases: [],
    warnings: [],
    domains: [],
    cycles: [],
    codes: [],
  };
  const { totals, ...rest } = hostileReport();
  const page = reportPage({ ...rest, ...none, totals: { ...totals, waiting: 0, ending: 0 } });
  expect(page).toContain('No object is in error.');
  expect(page).not.toContain('<h2>Conflicts</h2>');
});
