import type { ErrorDefinition } from './error-catalogue.ts';

const STAYS = 'What the object has stays as it is.';

/** The errors that keep services of an object from ending. */
export const deprovisioningErrors = {
  PE401: {
    title: 'Deprovisioning of an object in error',
    kinds: ['user', 'contact', 'group'],
    condition: 'The services of the object are to end or to be given back, but the object is in error.',
    impact: STAYS,
    remedy: 'Correct the other errors of the object; the workflow goes on by itself.',
  },
  PE402: {
    title: 'Deprovisioning waits for the end of a litigation hold',
    kinds: ['user'],
    condition:
      'The services of the object are to end, but the managed object is on litigation hold: msExchLitigationHoldDate, msExchUserHoldPolicies or the bit 8 of msExchELCMailboxFlags is set.',
    impact: 'The mailbox is inactive: hidden, with all that is in it. Nothing ends while the litigation hold is set.',
    remedy: 'None where the hold is wanted. When it is lifted in the Managed Forest, the workflow goes on by itself.',
  },
  PE403: {
    title: 'Recipient kind of a mailbox can not change',
    kinds: ['user'],
    condition: 'The source object asks for another recipient kind than its mailbox was made with (KB 2830599).',
    impact: STAYS,
    remedy:
      'Put the provisioning value back, or have an operator convert the mailbox by the workflow `convertRecipient` with the id that the details name, see docs/conversion.md.',
  },
  PE404: {
    title: 'Step of the deprovisioning refused',
    kinds: ['user', 'contact', 'group'],
    condition:
      "The managed domain controller or the driver's program refused a step, or the step failed in a way that trying again does not mend; the details hold the answer.",
    impact: STAYS,
    remedy:
      'Correct what the answer names. The workflow looks again by itself, at once when it is sent the update `resume`.',
  },
} as const satisfies Record<string, ErrorDefinition>;
