export { syncCycle } from './sync-cycle.ts';
export { provisionObject } from './provision-object.ts';
export { undoCycle } from './undo-cycle.ts';
export { convertRecipient } from './convert-recipient.ts';
export { decideJoin } from './decide-join.ts';
export { migrateServices } from './migrate-services.ts';
export { reconnectServices } from './reconnect-services.ts';
export { deprovisionObject } from './deprovision-object.ts';
