import type { ErrorDefinition } from './error-catalogue.ts';
import type { ObjectKind } from './objects.ts';

const EVERY: readonly ObjectKind[] = ['user', 'contact', 'group'];

/** What becomes of managed objects that somebody else deletes or changes, or that two domain controllers make at once. */
export const managedErrors = {
  SE911: {
    title: 'Deleted managed object can not be brought back',
    kinds: EVERY,
    condition:
      'Somebody deleted the managed object, and its tombstone is gone or the managed domain controller refuses to bring it back.',
    impact:
      'The next cycle builds it anew: with its addresses, memberships and the mailbox that it had, but with another objectSid and objectGUID.',
    remedy: 'None is needed. Grant the writing account the right Reanimate Tombstones to keep the objectSid next time.',
  },
  SE912: {
    title: 'Managed object is deleted again and again',
    kinds: EVERY,
    condition:
      'Somebody deleted the managed object more often than `managed.undelete` allows; the details say how often.',
    impact: 'It stays deleted until the deletions are longer ago than `managed.undelete.within`.',
    remedy: 'Find who deletes it and have that ended. Undeleted by hand it is taken over again at once.',
  },
  SE913: {
    title: 'Managed forest does not show the change',
    kinds: EVERY,
    condition: 'The managed domain controller took a change, and the read that followed does not show it.',
    impact: 'The change is planned again in the next cycle.',
    remedy:
      'None is needed, unless it stays: then look for a program that changes the object at the same time, or for a read right that the account lacks.',
  },
  SE914: {
    title: 'Managed object has lost its name to a twin',
    kinds: EVERY,
    condition:
      'Two managed domain controllers took the same name at the same time. The object of this identity was given the name of a replication conflict.',
    impact: 'Nothing is written to either of the two.',
    remedy: 'Delete the twin in the Managed Forest and give this one its name back.',
  },
} as const satisfies Record<string, ErrorDefinition>;
