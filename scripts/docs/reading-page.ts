import { forestWarnings, type WarningCode } from '../../rules/forest-warnings.ts';

const TEXT = `# Reading a Customer Forest

<!-- Made from scripts/docs/reading-page.ts and rules/forest-warnings.ts by \`npm run docs:reading\`. Change it there. -->

## How changes are read

| mode | needs | deletions |
| --- | --- | --- |
| \`dirsync\` | the right Replicating Directory Changes on the head of the domain | told by Active Directory; on Samba only with the right to read CN=Deleted Objects |
| \`dirsync-object-security\` | the right to read what is synchronized | told with the right to read CN=Deleted Objects |
| \`usn\` | the same; works where DirSync does not | as before |

All of them end in the same state. With \`reading.mode: auto\` each domain takes the first that the server lets the account have, looks
again at each whole read, and changes to the next when a right is taken away. A change of mode is a whole read after which
nothing counts as absent. The mode of each domain is in the counts of the cycle and, with the reason of a whole read, in the
column \`reading\` of its run.

Whether the account is told of deletions is found out by trying. Where it is not, an object is taken for deleted when two whole
reads in a row did not hold it, no tombstone was found, and the account would see it if it were there: its container lists
other objects. Such a domain is read whole every \`reading.wholeEveryWithoutTombstones\` (24 hours by default).

## What is never taken for a deletion or a cleared value

- **A lost right to an attribute.** Before each read a few objects of each attribute that is common in the domain (at least
  \`reading.sentinels.common\` objects) are read back. When none of them shows it, up to 100 others that are known to have it are
  looked at. When nobody shows it, or when it disappears from everybody in one read, its last known values are kept. It is
  believed to be gone only when the configuration names it in \`reading.absent\`.
- **A lost right to objects.** When none of up to 100 objects in scope can be read, the domain is not read at all.
- **A short read.** A whole read that holds nothing, or lacks \`reading.shortRead.percent\` and \`reading.shortRead.objects\` of what was
  known, deleted objects left out, does not count: nothing becomes absent, and the domain is read whole again after
  \`reading.shortRead.again\`.
- **A gap longer than the tombstone lifetime.** The domain is read whole, because deletions in it may not be told any more.

When something becomes readable again, the domain is read whole, so that what changed meanwhile is not missed.

## Warnings

They stand while their cause lasts, in the table \`forest_warning\`; a cycle shows how many there are.
`;

/** docs/reading.md: how forests are read, and the warnings about it. */
export function readingPage(): string {
  const entries = (Object.keys(forestWarnings) as WarningCode[]).map((code) => {
    const { title, impact, remedy } = forestWarnings[code];
    return `### ${code}: ${title}\n\n- **Impact:** ${impact}\n- **Remedy:** ${remedy}\n`;
  });
  return [TEXT, ...entries].join('\n');
}
