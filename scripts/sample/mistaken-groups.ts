import type { SampleBuilder } from './builder.ts';
import type { Organization } from './organization.ts';

/** Adds groups on which something is wrong. */
export function addMistakenGroups(builder: SampleBuilder, { distribution: ou }: Organization): void {
  const list = { ou, scope: 'universal', security: false, members: [] } as const;
  builder.group({
    ...list,
    name: 'Nameless list',
    address: 'nameless',
    overrides: { displayName: null },
    mistake: { what: 'a group without displayName', code: 'SE402' },
  });
  builder.group({
    ...list,
    name: 'List with spaces',
    address: 'list.with.spaces',
    overrides: { mailNickname: 'list with spaces' },
    mistake: { what: 'mailNickname of a group holds spaces', code: 'SE202' },
  });
  builder.group({
    ...list,
    name: 'Info',
    address: 'info',
    mistake: { what: 'a group with an address of the contact Info Desk', code: 'SE303' },
  });
}
