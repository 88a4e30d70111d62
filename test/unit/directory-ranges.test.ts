import type { DirectoryEndpoint } from '../../directory/endpoint.ts';
import type { RangeStep } from '../../directory/entries.ts';
import { DirectoryUnavailable } from '../../directory/errors.ts';
import { present } from '../../directory/filter.ts';
import { openReader } from '../../directory/reader.ts';
import { openWriter } from '../../directory/writer.ts';
import { fakeEndpoint, fakeServers } from '../support/fake-directory.ts';
import type { FakeAnswer, FakeBehaviour, FakeSearch, FakeWrite } from '../support/fake-ldap.ts';

const GROUP = '10000000-0000-0000-0000-000000000000';
const MAX_VAL_RANGE = 1500;

const guid = (index: number): string => `00000000-0000-0000-0000-${index.toString(16).padStart(12, '0')}`;
const extended = (index: number): string => `<GUID=${guid(index)}>;CN=u${index},DC=fake,DC=test`;

const servers = fakeServers();
const start = async (behaviour: FakeBehaviour): Promise<DirectoryEndpoint> =>
  fakeEndpoint([(await servers.start(behaviour)).url]);

/** A group that is answered as Active Directory does: never more than 1,500 members, whatever was asked. */
class Group {
  members: number[];
  usn = 100;
  asked: string[] = [];

  constructor(size: number) {
    this.members = Array.from({ length: size }, (_, index) => index);
  }

  answer(request: FakeSearch): FakeAnswer {
    const wanted = request.attributes.find((name) => name.startsWith('member')) ?? 'member';
    this.asked.push(wanted);
    const [, from = '0', to = '*'] = /^member;range=(\d+)-(\d+|\*)$/.exec(wanted) ?? [];
    const start = Number(from);
    if (start >= this.members.length && start > 0) return { code: 1 };
    const size = Math.min(to === '*' ? Infinity : Number(to) - start + 1, MAX_VAL_RANGE);
    const slice = this.members.slice(start, start + size);
    const end = start + slice.length;
    const cut = end < this.members.length || wanted !== 'member';
    const option = `member;range=${start}-${end >= this.members.length ? '*' : end - 1}`;
    return {
      entries: [
        {
          dn: `<GUID=${GROUP}>;CN=group,DC=fake,DC=test`,
          attributes: {
            uSNChanged: [String(this.usn)],
            ...(cut ? { member: [], [option]: slice.map(extended) } : { member: slice.map(extended) }),
          },
        },
      ],
    };
  }
}

async function steps(
  group: Group,
  between: (step: number) => void = () => undefined,
  size?: number,
): Promise<RangeStep[]> {
  const reader = openReader(await start({ search: (request) => group.answer(request) }));
  const seen: RangeStep[] = [];
  try {
    for await (const step of reader.ranges(GROUP, 'member', size === undefined ? {} : { size })) {
      seen.push(step);
      between(seen.length);
    }
  } finally {
    await reader.close();
  }
  return seen;
}

/** What a careful caller ends up with. */
function result(seen: readonly RangeStep[]): number[] | 'gone' {
  let members: number[] = [];
  for (const step of seen) {
    if (step.kind === 'gone') return 'gone';
    if (step.kind === 'restart') members = [];
    else members.push(...step.values.map(({ guid: text }) => Number.parseInt((text ?? '').slice(-12), 16)));
  }
  return members;
}

describe('fake LDAP server: a long attribute cut at 1,500 values without asking', () => {
  // Shows: Connector / ranges that nobody asked for (fake LDAP)
  test('an entry says how far its list goes', async () => {
    const group = new Group(4000);
    const reader = openReader(await start({ search: (request) => group.answer(request) }));
    const query = { base: 'DC=fake,DC=test', scope: 'sub', filter: present('member'), pageSize: 10 } as const;
    for await (const [entry] of reader.pages({ ...query, attributes: ['member'] })) {
      expect(entry?.incompleteRanges).toEqual({ member: 1500 });
      expect(entry?.links.member).toHaveLength(1500);
    }
    await reader.close();
  });

  test('a list that fits is complete', async () => {
    const group = new Group(1500);
    const reader = openReader(await start({ search: (request) => group.answer(request) }));
    const entry = await reader.read({ guid: GROUP }, ['member']);
    expect(entry?.incompleteRanges).toEqual({});
    expect(entry?.links.member).toHaveLength(1500);
    await reader.close();
  });

  // Shows: Connector / large groups: every value of a range, each once (fake LDAP)
  test.each([0, 1, 2, 1499, 1500, 1501, 2999, 3000, 4000])('all of %i values are read, each once', async (size) => {
    const group = new Group(size);
    expect(result(await steps(group))).toEqual(group.members);
  });

  test.each([2, 3, 700])('also when %i are asked for at a time', async (size) => {
    const group = new Group(10);
    expect(result(await steps(group, undefined, size))).toEqual(group.members);
  });
});

describe('fake LDAP server: a list that changes while it is read', () => {
  // Shows: Connector / membership that changes between ranges is noticed by uSNChanged (fake LDAP)
  test('a change that shows in uSNChanged starts it again', async () => {
    const group = new Group(4000);
    const seen = await steps(group, (step) => {
      if (step !== 1) return;
      group.members.push(9999);
      group.usn += 1;
    });
    expect(seen[1]).toEqual({ kind: 'restart' });
    expect(result(seen)).toEqual(group.members);
  });

  // Shows: Connector / membership that changes between ranges is noticed by the shift (fake LDAP)
  test('a member that was deleted, which uSNChanged does not show, is noticed by the shift', async () => {
    const group = new Group(4000);
    const seen = await steps(group, (step) => {
      if (step === 1) group.members.splice(7, 1);
    });
    expect(seen[1]).toEqual({ kind: 'restart' });
    expect(result(seen)).toEqual(group.members);
  });

  test('a list that became too short for the next range starts again', async () => {
    const group = new Group(4000);
    const seen = await steps(group, (step) => {
      if (step === 1) group.members.splice(3);
    });
    expect(result(seen)).toEqual([0, 1, 2]);
  });

  test('it is given up after five tries', async () => {
    const group = new Group(4000);
    const error: unknown = await steps(group, () => {
      group.usn += 1;
    }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DirectoryUnavailable);
    expect(group.asked).toHaveLength(10);
  });

  test('a holder that is deleted meanwhile is reported as gone', async () => {
    const group = new Group(4000);
    let gone = false;
    const reader = openReader(await start({ search: (request) => (gone ? { code: 32 } : group.answer(request)) }));
    const seen: RangeStep[] = [];
    for await (const step of reader.ranges(GROUP, 'member')) {
      seen.push(step);
      gone = true;
    }
    expect(result(seen)).toBe('gone');
    await reader.close();
  });
});

describe('fake LDAP server: changing many links', () => {
  /** Refuses requests that hold a value for which there is a code. */
  async function change(
    codes: Readonly<Record<string, number>>,
    add: readonly string[],
    search: () => FakeAnswer = () => ({}),
  ): Promise<{ requests: FakeWrite[]; failed: readonly string[] }> {
    const requests: FakeWrite[] = [];
    const write = (request: FakeWrite): FakeAnswer => {
      requests.push(request);
      const bad = request.changes[0]?.values.find((value) => value in codes);
      return { code: bad === undefined ? 0 : (codes[bad] ?? 0) };
    };
    const writer = openWriter(await start({ write, search }));
    const { failures } = await writer.changeLinks({ guid: GROUP }, 'member', { add, remove: [] });
    await writer.close();
    return { requests, failed: failures.map(({ value }) => value) };
  }

  const values = Array.from({ length: 2500 }, (_, index) => `CN=u${index},DC=fake,DC=test`);
  const bad = (index: number): string => values[index] ?? '';

  test('no request has more than 1,000 values', async () => {
    const { requests, failed } = await change({}, values);
    expect(requests.map(({ changes }) => changes[0]?.values.length)).toEqual([1000, 1000, 500]);
    expect(failed).toEqual([]);
  });

  test('the values at fault are found in few requests, the others are changed', async () => {
    const { requests, failed } = await change({ [bad(17)]: 32, [bad(2400)]: 19 }, values, () => ({
      entries: [{ dn: `<GUID=${GROUP}>;CN=group,DC=fake,DC=test`, attributes: {} }],
    }));
    expect(failed).toEqual([bad(17), bad(2400)]);
    expect(requests.length).toBeLessThan(50);
  });

  test('a value that is said to be there is believed only when the directory shows it', async () => {
    const codes = { [bad(3)]: 68 };
    const shows = { entries: [{ dn: `<GUID=${GROUP}>;CN=group,DC=fake,DC=test`, attributes: {} }] };
    expect((await change(codes, values.slice(0, 5), () => shows)).failed).toEqual([]);
    expect((await change(codes, values.slice(0, 5), () => ({}))).failed).toEqual([bad(3)]);
  });

  test('a page that was done before is recognised by one look at the list', async () => {
    const codes = Object.fromEntries(values.slice(0, 2400).map((value) => [value, 68]));
    const list = { uSNChanged: ['1'], 'member;range=0-*': values.slice(0, 2400).map((_, index) => extended(index)) };
    const { requests, failed } = await change(codes, values, () => ({
      entries: [{ dn: `<GUID=${GROUP}>;CN=group,DC=fake,DC=test`, attributes: list }],
    }));
    expect(failed).toEqual([]);
    expect(requests.map(({ changes }) => changes[0]?.values.length)).toEqual([1000, 100]);
  });

  test.each([
    [50, 'no right'],
    [65, 'not a group'],
  ])('an answer that holds for all values (%i, %s) is not asked for one by one', async (code) => {
    const { requests, failed } = await change({ [bad(0)]: code }, values.slice(0, 1000));
    expect(failed).toHaveLength(1000);
    expect(requests).toHaveLength(1);
  });

  test('nor is a holder that does not exist', async () => {
    const { requests, failed } = await change({ [bad(0)]: 32 }, values.slice(0, 1000), () => ({ code: 32 }));
    expect(failed).toHaveLength(1000);
    expect(requests).toHaveLength(1);
  });
});
