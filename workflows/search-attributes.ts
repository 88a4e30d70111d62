import { defineSearchAttributeKey } from '@temporalio/common';

/** Search attributes of all workflows, by which operators find runs. Not encrypted: GUIDs, codes and names of forests only. */
export const searchAttributes = {
  customer: defineSearchAttributeKey('Customer', 'KEYWORD'),
  forest: defineSearchAttributeKey('Forest', 'KEYWORD'),
  profile: defineSearchAttributeKey('RunProfile', 'KEYWORD'),
  stage: defineSearchAttributeKey('Stage', 'KEYWORD'),
  objectGuid: defineSearchAttributeKey('ObjectGuid', 'KEYWORD'),
  objectKind: defineSearchAttributeKey('ObjectKind', 'KEYWORD'),
  errorCode: defineSearchAttributeKey('ErrorCode', 'KEYWORD'),
  status: defineSearchAttributeKey('Status', 'KEYWORD'),
} as const;
