import type { ErrorDefinition } from './error-catalogue.ts';

const NO_SERVICE = 'The attributes keep flowing; the service is not provisioned or changed.';

/** The errors that block only a service of the object. */
export const provisioningErrors = {
  PE101: {
    title: 'Provisioning value can not be read',
    kinds: ['user'],
    condition: 'The provisioning attribute holds an unknown key, a value that its key does not allow, or a key twice.',
    impact: NO_SERVICE,
    remedy: 'Correct the provisioning value in the Customer Forest; the details quote the place.',
  },
  PE102: {
    title: 'Region is not configured',
    kinds: ['user'],
    condition: 'The region of the provisioning value has no mailbox databases in the configuration.',
    impact: NO_SERVICE,
    remedy: 'Correct REG= in the provisioning value, or have the region added to the configuration.',
  },
  PE103: {
    title: 'Security identifier of the account is missing',
    kinds: ['user'],
    condition: 'The account has a provisioning value, but its objectSid could not be read.',
    impact: NO_SERVICE,
    remedy: 'Give the reading account the right to read objectSid in the Customer Forest.',
  },
  PE104: {
    title: 'Mailbox asked for an address outside the inclusion list',
    kinds: ['user'],
    condition: 'The user has a provisioning value for a mailbox, but `mail` is not in the SMTP inclusion list.',
    impact: NO_SERVICE,
    remedy: 'Correct `mail`, have its domain added to the inclusion list, or remove the provisioning value.',
  },
  PE105: {
    title: 'Target address does not lead to the managed forest',
    kinds: ['user'],
    condition:
      'The user has a provisioning value for a mailbox, `validation.newHire` is off, and `targetAddress` does not end in `validation.routingDomain`.',
    impact: NO_SERVICE,
    remedy: 'Set `targetAddress` to an address in the routing domain.',
  },
  PE106: {
    title: 'Mailbox of the adopted object is not whole',
    kinds: ['user'],
    condition:
      'The managed object has an msExchMailboxGuid, but no homeMDB or no legacyExchangeDN. Another mailbox is not made in its place.',
    impact: NO_SERVICE,
    remedy:
      'Reconnect the mailbox in the Managed Forest, or clear msExchMailboxGuid where it is gone for good; then send the update `retry` to the object workflow.',
  },
  PE107: {
    title: 'Size is not one of the mailbox plan',
    kinds: ['user'],
    condition:
      'The size (MBX=) of the provisioning value is larger than the mailbox plan allows, or none of its sizes.',
    impact: NO_SERVICE,
    remedy: 'Correct MBX= or TYPE= in the Customer Forest, or have the size added to `exchange.plans`.',
  },
  PE108: {
    title: 'Databases of the region are full',
    kinds: ['user'],
    condition: 'Each mailbox database of the region holds as many mailboxes as its limit allows.',
    impact: NO_SERVICE,
    remedy:
      'Have a database added to the region, or a limit raised; then send the update `retry` to the object workflow.',
  },
  PE901: {
    title: 'Managed forest refused the service',
    kinds: ['user'],
    condition:
      "The managed domain controller refused to write the attributes of the mailbox or of voice; the details hold the server's answer.",
    impact: NO_SERVICE,
    remedy: 'Correct what the answer names, then send the update `retry` to the object workflow.',
  },
  PE902: {
    title: 'Provisioning failed unexpectedly',
    kinds: ['user'],
    condition: 'A step of the object workflow ended with an error that trying again did not mend.',
    impact: NO_SERVICE,
    remedy: 'Look at the failure in the object workflow and at the log of the worker, then send the update `retry`.',
  },
  PE903: {
    title: 'Driver program refused the service',
    kinds: ['user'],
    condition:
      'The program that the settings of the worker name refused to complete the service; the details hold its answer. The attributes that were written for it have been put back.',
    impact: NO_SERVICE,
    remedy: 'Correct what the answer names, then send the update `retry` to the object workflow.',
  },
} as const satisfies Record<string, ErrorDefinition>;
