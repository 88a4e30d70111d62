import fc from 'fast-check';
import { controllerStanding, holds, type ControllerPosition, type ReadPosition } from '../../rules/controllers.ts';
import { parseUpToDateVector } from '../../directory/position.ts';
import { guidBytes } from '../../directory/values.ts';

const one = '11111111-2222-4333-8444-555555555555';
const other = '22222222-2222-4333-8444-555555555555';
const retired = '33333333-2222-4333-8444-555555555555';

/** dc1 had come to USN 100 when it was read, and held dc2's writes up to 50. */
const read: ReadPosition = {
  controller: 'dc1.corp.test',
  invocationId: one,
  highestUsn: 100n,
  seen: new Map([
    [one, 100n],
    [other, 50n],
  ]),
};

function dc2(vector: readonly (readonly [string, bigint])[] | null): ControllerPosition {
  return {
    controller: 'dc2.corp.test',
    invocationId: other,
    highestUsn: 70n,
    vector: vector === null ? null : new Map(vector),
  };
}

// Shows: Connector / several domain controllers: which one may be read on from (none)
test.each<[string, ReadPosition | null, ControllerPosition, string]>([
  ['nothing was read before', null, dc2(null), 'first'],
  ['the same', read, { ...dc2(null), controller: 'dc1.corp.test', invocationId: one, highestUsn: 100n }, 'same'],
  [
    'the same, put back from a copy of its disk',
    read,
    { ...dc2(null), controller: 'dc1.corp.test', invocationId: one, highestUsn: 99n },
    'replaced',
  ],
  [
    'the same, put back from a backup',
    read,
    { ...dc2([...(read.seen ?? []), [retired, 100n]]), controller: 'DC1.corp.test', invocationId: retired },
    'replaced',
  ],
  [
    'another that has received all',
    read,
    dc2([
      [one, 100n],
      [other, 70n],
      [retired, 3n],
    ]),
    'caught up',
  ],
  [
    'another that misses one write',
    read,
    dc2([
      [one, 99n],
      [other, 70n],
    ]),
    'behind',
  ],
  ['another that never replicated from it', read, dc2([[other, 70n]]), 'behind'],
  ['another that does not tell', read, dc2(null), 'behind'],
  ['another, when it is not known what was read', { ...read, seen: null }, dc2([[one, 100n]]), 'behind'],
])('%s', (_what, before, now, standing) => {
  expect(controllerStanding(before, now)).toBe(standing);
});

const vectors = fc.uniqueArray(fc.tuple(fc.uuid(), fc.bigInt({ min: 0n, max: 2n ** 63n })), {
  selector: ([invocationId]) => invocationId,
  maxLength: 8,
});

test('a vector holds itself and any part of itself, and nothing that is further', () => {
  fc.assert(
    fc.property(vectors, fc.nat(), (cursors, pick) => {
      const vector = new Map(cursors);
      expect(holds(vector, vector)).toBe(true);
      const [invocationId, usn] = cursors[pick % Math.max(cursors.length, 1)] ?? [one, 0n];
      expect(holds(vector, new Map([[invocationId, usn]]))).toBe(vector.has(invocationId));
      expect(holds(vector, new Map([[invocationId, usn + 1n]]))).toBe(false);
    }),
  );
});

/** As MS-DRSR 5.167 and 5.168 lay a vector out. */
function written(cursors: readonly (readonly [string, bigint])[], version: 1 | 2): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(version, 0);
  header.writeUInt32LE(cursors.length, 8);
  return Buffer.concat([
    header,
    ...cursors.flatMap(([invocationId, usn]) => {
      const cursor = Buffer.alloc(version === 1 ? 24 : 32, 0xee);
      guidBytes(invocationId)?.copy(cursor);
      cursor.writeBigUInt64LE(usn, 16);
      return [cursor];
    }),
  ]);
}

test('an up-to-dateness vector is read as it was written, in both versions, and never in part', () => {
  fc.assert(
    fc.property(vectors, fc.constantFrom<1 | 2>(1, 2), fc.nat(), (cursors, version, cut) => {
      const bytes = written(cursors, version);
      expect(parseUpToDateVector(bytes)).toEqual(new Map(cursors));
      expect(parseUpToDateVector(bytes.subarray(0, cut % bytes.length))).toBeUndefined();
    }),
  );
});

test('an unknown version of the vector is not guessed', () => {
  const bytes = written([[one, 1n]], 2);
  bytes.writeUInt32LE(3, 0);
  expect(parseUpToDateVector(bytes)).toBeUndefined();
});
