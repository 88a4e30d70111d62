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

An object loses its services, or itself goes, for one of five reasons (triggers), in one of five ways (meanings, KB 2655364). One
workflow per object, \`deprovision/<customer>/<identity>\`, does it: it waits, undoes, waits again, and makes it final. Until then
everything is given back when the object returns.

## The five meanings

| what happens | at the end of the grace time | at the end of the retention time |
| --- | --- | --- |
| mailUser | the mailbox is taken off: homeMDB, msExchMailboxGuid and all that goes with them are cleared, msExchPreviousHomeMDB, msExchPreviousMailboxGuid and msExchPreviousRecipientTypeDetails are set; the object stays, as a mail user, and in its groups | the previous-mailbox attributes are cleared |
| mailDisable | as mailUser where there is a mailbox; mail, mailNickname, legacyExchangeDN, proxyAddresses and targetAddress are cleared; the object stays, and leaves its groups | the previous-mailbox attributes are cleared |
| remove | as mailUser where there is a mailbox; the object is hidden, disabled for voice, and leaves its groups | the object is deleted |
| inactivate | a mailbox on litigation hold is marked as inactive and hidden, and keeps all that it has; when the hold ends, what was asked for happens | as what was asked for |
| removeGroup | the group is hidden, and leaves the groups that it is in | the group is deleted |

## What triggers which

The section \`deprovisioning\` of a customer's configuration says it; these are the defaults.

| trigger | when | default |
| --- | --- | --- |
| removalValue | the provisioning attribute holds the removal value, \`RemoveMSOMbx\` | mailUser |
| mailCleared | an object that had \`mail\` has none any more | mailDisable; for a group: removed |
| outOfScope | the object leaves the included organizational units | remove |
| filtered | a filter, a condition or the SMTP inclusion list leaves it out | remove |
| deleted | the source object is deleted | remove |

\`\`\`yaml
deprovisioning:
  outOfScope: mailUser # instead of remove
  grace: 7d
  retention: 30d
  lookAgainEvery: 1h
\`\`\`

\`nothing\` leaves everything as it is. \`inactivate\` and \`removeGroup\` are no choice: they follow from what the object is. With the
removal value meaning \`mailDisable\` or \`remove\`, who has the value leaves the scope by it, unless the object is in error.

What loses its source object is disconnected by a planned change first, which passes the guard: nothing is removed by one absence. The
removal value in scope asks by itself, without the guard, for it concerns the mailbox of one object whose owner wrote the value.

## The times

1. **Grace**: nothing is undone. An object that returns now was never touched.
2. Then what is to end is undone, in one step by the driver (docs/services.md). What the object had is kept in the database before.
3. **Retention**: all of it can be given back. The previous-mailbox attributes, the database, the mailbox's GUID and legacyExchangeDN, and the voice
   pool are kept; nothing is thrown away that giving back or a reconnection needs.
4. Then it is final: the object is deleted, or stays without its previous-mailbox attributes. Who returns later is provisioned anew.

Both are durable timers of the workflow, with the names \`Grace time\` and \`Retention time\` in its history. Its current details in the Temporal UI say what
it waits for, until when, what happens then, and which update to send. The attribute \`Status\` is \`Running\`, or \`AwaitingCorrection\` with the code in
\`ErrorCode\` where something is in the way. The times are kept from when they began: other settings hold for the times that begin later. Other meanings hold
from the next cycle on, for what is under way too.

### Delay and resume

\`\`\`
temporal workflow update execute --workflow-id deprovision/contoso/0d7be4b4-2c0c-4a41-9a37-cd4dbf0dcb1c --name delay --input '{"operator":"Olga"}'
temporal workflow update execute --workflow-id deprovision/contoso/0d7be4b4-2c0c-4a41-9a37-cd4dbf0dcb1c --name resume
\`\`\`

\`delay\` stops the clock, in the grace time and in the retention time; without a name it is refused. Nothing is undone or made final while it is stopped, but an
object that returns is given back. \`resume\` starts the clock again where it stopped: the time that it was stopped for is added. Sent where the clock runs, it has the
workflow look again at once.

### When the object returns

Returned is the same objectGUID in scope again, wherever it was moved to, another domain of the forest too; and after the removal value, who asks for a mailbox again (taking
the value away is not enough, KB 2655364, scenario 1). The object gets back what it had, attribute by attribute. What the flow owns of it (addresses, whether it is hidden)
comes back as the source object wants it by now, together with addresses that others wrote. A return counts when a cycle has seen it before the retention time
is over, were it in the last second. Many that return at once do not wait for an approval: the guard was asked when they went.

Where the object returns to something else than it left, such as with the removal value, or where another trigger is there before the retention time is over, what only the
first end took is given back, and the retention time begins anew.

While an end goes on the flow leaves the attributes alone that the end has taken; what else the object has keeps flowing as long as it is in scope.

### Groups

Memberships stay in the grace time and while a mailbox is inactive. Who is mail-disabled or removed leaves the groups in the first cycle after the grace
time, within the limits of the guard (\`removedMembers\`); whose mailbox is taken off stays in them (KB 2655364 names staying in groups as a reason for that
meaning). With the object its memberships come back in the cycle that sees it return. The customer's own groups decide as ever: a member whom they do not
list any more leaves at once, and so does who is deleted, for Active Directory has no deleted objects in its groups.

## What it waits for

| code | what is in the way | what to do |
| --- | --- | --- |
| PE401 | the object is in error | correct the error; the next cycle has the workflow go on |
| PE402 | a litigation hold is set (msExchLitigationHoldDate, msExchUserHoldPolicies or bit 8 of msExchELCMailboxFlags) | nothing, where it is wanted; lifted, it is seen after \`lookAgainEvery\` at the latest |
| PE404 | the Managed Forest or the driver's program refused a step, or it failed for good | mend what the details name; the workflow looks again after \`lookAgainEvery\`, or at the update \`resume\` |

**Litigation hold.** Nothing ends while it is set, whenever it was set: in the grace time it makes the mailbox inactive at the end of that, in the retention time it keeps the
object. An inactive mailbox has msExchRecipientSoftDeletedStatus 8, the value \`Inactive\` of Exchange's own flags (RecipientSoftDeletedStatusFlags), and
msExchWhenSoftDeletedTime; it is hidden and keeps all that is in it, however long the hold lasts. The retention time of what was undone before goes on meanwhile.

**In error.** Errors of an object's values count as long as it is in scope. Who leaves the scope has none of them any more, for nothing is read from the values then; only one that is
in a place for lost or conflicting objects still is in error. Who returns with an error waits until it is mended. The deletion of a source object is final
for the customer, so that no error is in its way.

**Mail-disabled objects** stay for good. When their source object then is deleted, or leaves for another reason than the first one, they are disconnected once
more, by the guard, and what that trigger means happens.

A workflow that was terminated is started again by the next cycle in which something of the object changes. A worker that is killed loses nothing: each step is on record before it is
written, and the next attempt goes on in the same record.

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
