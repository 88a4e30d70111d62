import {
  HOLDINGS,
  transition,
  TRIGGERS,
  type Circumstances,
  type Holding,
  type Transition,
  type Trigger,
} from '../../rules/transitions.ts';

const TEXT = `# How services end

<!-- Made from scripts/docs/deprovisioning-page.ts and rules/transitions.ts by \`npm run docs:deprovisioning\`. Change it there. -->

## The five meanings (KB 2655364)

| what happens | at the end of the grace time | at the end of the retention time |
| --- | --- | --- |
| mailUser | the mailbox is taken off: homeMDB, msExchMailboxGuid and all that goes with them are cleared, msExchPreviousHomeMDB, msExchPreviousMailboxGuid and msExchPreviousRecipientTypeDetails are set; the object stays, as a mail user | the previous-mailbox attributes are cleared |
| mailDisable | as before where there is a mailbox; and mail, mailNickname, legacyExchangeDN, proxyAddresses and targetAddress are cleared; the object stays | as before |
| remove | as mailUser where there is a mailbox; the object is hidden and disabled for voice | the object is deleted |
| inactivate | a mailbox on litigation hold is marked as inactive and hidden, and keeps all that it has; when the hold ends, what was asked for happens | as what was asked for |
| removeGroup | the group is hidden | the group is deleted |

Which of them a trigger asks for is in the section \`deprovisioning\` of the configuration; the table below shows the defaults.

## The times

One workflow per object, \`deprovision/<customer>/<identity>\`, waits in Temporal's timers; its current details say for what and
until when. \`delay\` stops the clock, \`resume\` starts it again; both are updates with \`{"operator": "your name"}\`. When the object
returns before the end (the same objectGUID in scope again, wherever it was moved to), all that was taken is given back and the
workflow ends. Until the retention time is over nothing is thrown away that giving back or a reconnection needs.

Nothing is removed by one absence: an object that leaves is disconnected by a planned change, which passes the guard, and only
then the grace time begins. Memberships are references: they leave in the cycle that disconnects the object, within the limits of the
guard, and come back in the cycle that connects it again.

## What happens, by what the object is and why

`;

const CASES: readonly (readonly [string, Circumstances])[] = [
  ['', { litigationHold: false, inError: false }],
  ['on litigation hold', { litigationHold: true, inError: false }],
  ['in error', { litigationHold: false, inError: true }],
];

/** Every row of the table: what the object is, why, in which circumstances, and what happens. */
export function transitionRows(): readonly {
  readonly has: Holding;
  readonly trigger: Trigger;
  readonly circumstances: Circumstances;
  readonly happens: Transition;
}[] {
  return HOLDINGS.flatMap((has) =>
    TRIGGERS.flatMap((trigger) =>
      CASES.map(([, circumstances]) => ({
        has,
        trigger,
        circumstances,
        happens: transition(has, trigger, circumstances),
      })),
    ),
  );
}

function text(happens: Transition): string {
  if (happens.happens === 'refused') return `refused: ${happens.code}`;
  return 'then' in happens ? `${happens.happens}, then ${happens.then}` : happens.happens;
}

/** docs/deprovisioning.md: the five meanings and the table of transitions. */
export function deprovisioningPage(): string {
  const head = ['what it is', 'trigger', ...CASES.map(([name]) => (name === '' ? 'what happens' : name))];
  const rows = HOLDINGS.flatMap((has) =>
    TRIGGERS.map((trigger) => [has, trigger, ...CASES.map(([, given]) => text(transition(has, trigger, given)))]),
  );
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${TEXT}${lines.join('\n')}\n`;
}
