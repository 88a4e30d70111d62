import { wantedServices, type ServiceDecision } from '../../rules/services.ts';
import type { ObjectKind } from '../../rules/objects.ts';
import { goodObject, type Attributes } from '../support/source-object.ts';

const settings = { attribute: 'extensionAttribute9', regions: new Set(['EU', 'NA']), defaultRegion: 'EU' };
const sid = 'S-1-5-21-1-2-3-1104';

function decide(value: string | undefined, more: Attributes = {}, kind: ObjectKind = 'user'): ServiceDecision {
  const object = goodObject(kind, { extensionAttribute9: value, objectSid: sid, ...more });
  return wantedServices(object, object.attributes, settings);
}

test('a plan with size and region asks for a linked mailbox of that size there', () => {
  expect(decide('MBX=50GB;Type=EP2D;REG=NA;')).toEqual({
    service: {
      mail: { recipient: 'linked', quotaBytes: String(50 * 1024 ** 3), region: 'NA', sourceSid: sid, hidden: false },
    },
    errors: [],
  });
});

test('without size the database’s limits count, without region the default one', () => {
  expect(decide('TYPE=EP1D').service.mail).toMatchObject({ quotaBytes: null, region: 'EU' });
});

test('who is hidden from address lists stays so', () => {
  expect(decide('TYPE=EP1D', { msExchHideFromAddressLists: 'TRUE' }).service.mail?.hidden).toBe(true);
  expect(decide('TYPE=EP1D', { msExchHideFromAddressLists: 'FALSE' }).service.mail?.hidden).toBe(false);
});

test('only the configured attribute counts', () => {
  const object = goodObject('user', { extensionAttribute1: 'TYPE=EP2D', objectSid: sid });
  expect(wantedServices(object, object.attributes, settings).service).toEqual({});
  expect(
    wantedServices(object, object.attributes, { ...settings, attribute: 'extensionAttribute1' }).service.mail,
  ).toBeDefined();
});

test('a room that says how many people it holds has a mailbox of that kind', () => {
  expect(decide('TYPE=RESOURCE;RESMBX=roomrba(CAP=15)').service.mail).toMatchObject({
    recipient: 'room',
    capacity: 15,
  });
});

test.each<[string, string | undefined, ObjectKind]>([
  ['no value', undefined, 'user'],
  ['the removal value', 'RemoveMSOMbx', 'user'],
  ['a contact', 'TYPE=EP2D', 'contact'],
  ['a group', 'TYPE=EP2D', 'group'],
  ['a group with a bad value', 'lots', 'group'],
])('%s: no mailbox, no error', (_what, value, kind) => {
  const { service, errors } = decide(value, {}, kind);
  expect({ service, errors }).toEqual({ service: {}, errors: [] });
});

test.each<[string, string, Attributes, string, string, RegExp]>([
  ['a value that can not be read', 'MBOX=1GB;', {}, 'PE101', 'extensionAttribute9', /"MBOX=1GB;": at "MBOX=1GB"/],
  ['a region without databases', 'REG=MARS', {}, 'PE102', 'extensionAttribute9', /MARS/],
  ['an account whose SID was not read', 'REG=EU', { objectSid: undefined }, 'PE103', 'objectSid', /objectSid/],
])('%s: no mailbox, but an error of the provisioning family', (_what, value, more, code, attribute, details) => {
  const decision = decide(value, more);
  expect(decision.service).toEqual({});
  expect(decision.errors).toEqual([{ code, attribute, details: expect.stringMatching(details) as string }]);
});
