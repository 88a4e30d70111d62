import { errorCatalogue } from '../../rules/error-catalogue.ts';
import { cycleTable, errorTable } from '../../scripts/start/summary.ts';
import type { ErrorReport } from '../../store/errors.ts';
import { cycleReport } from '../support/cycle-report.ts';

function errorReport(more: Partial<ErrorReport> = {}): ErrorReport {
  const now = new Date('2026-08-01T12:00:00Z');
  return {
    code: 'SE303',
    dn: 'CN=Ann,DC=test',
    attribute: 'mail',
    details: '"smtp:a@x.test" is taken',
    otherDn: null,
    firstSeen: now,
    lastSeen: now,
    count: 1,
    ...more,
  };
}

/** The text of a table without its frame, white space folded. */
function plain(table: string): string {
  return table
    .replace(/[│┌┐└┘├┤┬┴┼─]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

describe('the table of a cycle', () => {
  const none = { connected: 0, managed: 0, disconnected: 0 };
  const counts = {
    read: 1,
    evaluated: 2,
    inScope: 3,
    planned: 40,
    plannedReferences: 4,
    adds: 5,
    modifies: 6,
    links: 7,
    confirmed: 9,
    joined: 13,
    reconnected: 17,
    errors: 16,
  };
  const endedAt = new Date('2026-08-01T12:00:12.340Z');
  const table = plain(
    cycleTable(
      cycleReport({ counts, outcome: 'completed', endedAt, written: 8, failed: 10, provisioned: 11, blocked: 12 }),
      { connected: 99, managed: 14, disconnected: 15 },
    ),
  );

  test('tells what became of the cycle, and in what time', () => {
    expect(table).toMatch(/^Cycle 7 completed in 12\.3 s /);
    expect(plain(cycleTable(cycleReport(), none))).toMatch(/^Cycle 7 running source/);
  });

  test.each([
    ['source objects read', 1],
    ['evaluated (new or changed)', 2],
    ['in scope, of these', 3],
    ['planned changes', 44],
    ['objects added', 5],
    ['objects changed', 6],
    ['references (members, managers)', 7],
    ['changes written', 8],
    ['changes confirmed by reading back', 9],
    ['changes refused', 10],
    ['services provisioned', 11],
    ['waiting for a correction', 12],
    ['identities rebuilt from anchors', 13],
    ['reconnected with their services', 17],
    ['identities with a managed object', 14],
    ['identities disconnected', 15],
    ['objects in error', 16],
  ])('%s: %d', (what, count) => {
    expect(`${table} `).toContain(` ${what} ${count} `);
  });

  test('what was not counted is 0', () => {
    const numbers = plain(cycleTable(cycleReport(), none)).match(/\d+/g) ?? [];
    expect(new Set(numbers)).toEqual(new Set(['7', '0']));
    expect(numbers).toHaveLength(18);
  });
});

describe('the table of errors', () => {
  test('tells code, object, what was found, the other object, and the remedy', () => {
    const table = errorTable([errorReport({ otherDn: 'CN=Bob,DC=test' })], 300);
    expect(plain(table)).toBe(
      `Code Object What Remedy SE303 CN=Ann,DC=test "smtp:a@x.test" is taken (CN=Bob,DC=test) ${errorCatalogue.SE303.remedy}`,
    );
  });

  test.each([80, 120, 200])('fits a terminal of %d columns', (width) => {
    const dn = `CN=${'Ann '.repeat(30)},DC=test`;
    const table = errorTable([errorReport({ dn, otherDn: dn }), errorReport({ code: 'SE202' })], width);
    for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    expect(table).not.toContain('…');
  });

  test('a long name without spaces is shown whole', () => {
    const table = errorTable([errorReport({ dn: `CN=${'x'.repeat(250)},DC=test`, details: '' })], 80);
    expect(table.match(/x/g)).toHaveLength(250);
  });

  test('control characters of a customer’s text never reach the terminal', () => {
    const evil = 'a\u001b[2J\u001b]0;owned\u0007\u009b31m\r\n\tb\u0000\u007f';
    const clean = errorTable([errorReport()], 200);
    const table = errorTable([errorReport({ dn: evil, details: evil, otherDn: evil })], 200);
    expect(clean.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(table.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(table).toContain('a\ufffd[2J\ufffd]0;owned');
  });
});
