import type { ErrorDefinition } from './error-catalogue.ts';

const NO_VOICE = 'The attributes and the mailbox are not concerned; voice is not provisioned, changed or ended.';

/** The errors that block only the voice of the object. */
export const voiceErrors = {
  PE201: {
    title: 'Voice bitmap can not be read',
    kinds: ['user'],
    condition: '`voice.bitmapAttribute` holds no number, or one with a bit that stands for no feature.',
    impact: NO_VOICE,
    remedy: 'Correct the number in the Customer Forest, or have the bit added to `voice.bits`.',
  },
  PE202: {
    title: 'Voice string can not be read',
    kinds: ['user'],
    condition:
      '`voice.stringAttribute` holds an unknown key, a value that its key does not allow, a key twice, or a number for which the bitmap has no feature.',
    impact: NO_VOICE,
    remedy: 'Correct the value in the Customer Forest; the details quote the place.',
  },
  PE203: {
    title: 'Region has no pool',
    kinds: ['user'],
    condition: 'The region of the voice string has no pool in the configuration.',
    impact: NO_VOICE,
    remedy: 'Correct REG= in the voice string, or have the region added to `voice.pools`.',
  },
  PE204: {
    title: 'Lync room and mailbox contradict each other',
    kinds: ['user'],
    condition:
      'The voice string says TYPE=LRS and the provisioning value does not say RESMBX=LRSRoom, or the other way round.',
    impact: NO_VOICE,
    remedy: 'Correct the one or the other: a Lync Room System needs both (KB 3103746).',
  },
  PE205: {
    title: 'SIP address can not be told',
    kinds: ['user'],
    condition:
      '`proxyAddresses` has several SIP addresses none of which is the only primary one (`SIP:`), or the SIP address, `mail` where there is none, is missing, malformed or outside the domains of the customer.',
    impact: NO_VOICE,
    remedy: 'Give the user one primary SIP address in a domain of the customer.',
  },
  PE206: {
    title: 'Security identifier of the voice account is missing',
    kinds: ['user'],
    condition: 'The account is to have voice, but its objectSid could not be read.',
    impact: NO_VOICE,
    remedy: 'Give the reading account the right to read objectSid in the Customer Forest.',
  },
  PE207: {
    title: 'SIP address is used in the Managed Forest',
    kinds: ['user'],
    condition: 'Another object of the Managed Forest, which Itasca does not manage, has the SIP address of the user.',
    impact: NO_VOICE,
    remedy:
      'Take the address from the other object or give the user another one; then send the update `retry` to the object workflow.',
  },
  PE208: {
    title: 'Voice line is used twice',
    kinds: ['user'],
    condition: 'Two objects ask for the same line (LINE= and EXT= of the voice string, or `voice.lineAttribute`).',
    impact: NO_VOICE,
    remedy:
      'Give one of the two objects another line or extension in the Customer Forest; the one that has the line keeps it.',
  },
} as const satisfies Record<string, ErrorDefinition>;
