/** What can be wrong with reading a domain of a Customer Forest, or with the Managed Forest, as a whole. The numbers never change their meaning. */
export const forestWarnings = {
  FW101: {
    title: 'The account lacks the right Replicating Directory Changes',
    impact:
      'The domain is read with the own rights of the account, or by uSNChanged. The same is synchronized in the end.',
    remedy:
      'Give the account the right Replicating Directory Changes on the head of the domain, or name the mode in `reading.mode` of the configuration.',
  },
  FW102: {
    title: 'The account does not see deleted objects',
    impact:
      'A deletion is believed after two whole reads that do not hold the object; the details say how long that takes.',
    remedy: 'Let the account list and read the container CN=Deleted Objects of the domain.',
  },
  FW103: {
    title: 'Half of the tombstone lifetime has passed since the domain was last read',
    impact:
      'Deletions that are older than the tombstone lifetime when it is read again are no longer told by the directory.',
    remedy: 'Have the cycles of the forest run again before the tombstone lifetime has passed.',
  },
  FW104: {
    title: 'The domain was not read for longer than the tombstone lifetime',
    impact: 'It was read whole. What was deleted in between is believed to be so after two whole reads.',
    remedy: 'Nothing needs to be done; the warning goes away with the next cycle.',
  },
  FW201: {
    title: 'An attribute is no longer readable',
    impact: 'Its last known values are kept; what is changed in it meanwhile is read when it can be read again.',
    remedy:
      'Give the account the right to read the attribute back. If it was cleared everywhere on purpose, name it in `reading.absent` of the configuration.',
  },
  FW202: {
    title: 'No object is readable any more',
    impact: 'The domain is not read; everything stays as it is.',
    remedy: 'Give the account the right to list and read the objects of the domain back.',
  },
  FW203: {
    title: 'A whole read was suspiciously short',
    impact: 'Nothing that it did not hold counts as absent. The domain is read whole again soon.',
    remedy:
      'Check what the account may read. If that many objects are really gone, raise `reading.shortRead` in the configuration for a while.',
  },
  FW204: {
    title: 'Objects are hidden from the account, but not deleted',
    impact: 'They stay as they were last read.',
    remedy:
      'Give the account the right to list and read the containers of these objects. If the containers were emptied, let it read CN=Deleted Objects, so that it is told.',
  },
  FW301: {
    title: "An attribute is not in the Managed Forest's schema",
    impact: 'It is not written to any object; everything else is.',
    remedy:
      'Extend the schema of the Managed Forest (by the set-up of Exchange, for instance), or drop the attribute from the flow in the configuration.',
  },
} as const;

export type WarningCode = keyof typeof forestWarnings;
