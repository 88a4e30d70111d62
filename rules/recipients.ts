/** What kind of mailbox an object has (KB 2830599): fixed when it is first provisioned. */
export const RECIPIENT_KINDS = ['linked', 'sharedLinked', 'shared', 'room', 'equipment', 'lyncRoom'] as const;
export type RecipientKind = (typeof RECIPIENT_KINDS)[number];

interface RecipientFacts {
  /** msExchRecipientTypeDetails, a number of up to 43 bits. */
  readonly typeDetails: string;
  /** msExchRecipientDisplayType. */
  readonly displayType: string;
  /** Whose SID msExchMasterAccountSid is: the source account logs on to the mailbox, or nobody does (NT AUTHORITY\SELF). */
  readonly owner: 'source account' | 'nobody';
  /** What sort of resource msExchResourceMetaData says it is. */
  readonly resource: 'Room' | 'Equipment' | null;
}

/**
 * How Exchange tells its mailboxes apart. A shared linked mailbox has a plan and an account of the Customer Forest: for
 * Exchange it is a linked one. A Lync Room System's is a linked room: its account logs on (KB 3103746).
 */
export const RECIPIENTS: Readonly<Record<RecipientKind, RecipientFacts>> = {
  linked: { typeDetails: '2', displayType: '1073741824', owner: 'source account', resource: null },
  sharedLinked: { typeDetails: '2', displayType: '1073741824', owner: 'source account', resource: null },
  shared: { typeDetails: '4', displayType: '1073741824', owner: 'nobody', resource: null },
  room: { typeDetails: '16', displayType: '7', owner: 'nobody', resource: 'Room' },
  equipment: { typeDetails: '32', displayType: '8', owner: 'nobody', resource: 'Equipment' },
  lyncRoom: { typeDetails: '2199023255552', displayType: '7', owner: 'source account', resource: 'Room' },
};

/** The kind of a mailbox that was there before, by its msExchRecipientTypeDetails: one that we would not make counts as linked. */
export function recipientOf(typeDetails: string | undefined): RecipientKind {
  return RECIPIENT_KINDS.find((kind) => RECIPIENTS[kind].typeDetails === typeDetails) ?? 'linked';
}
