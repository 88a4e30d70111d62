import { DISABLED, type Person, type PersonSpec, type SampleBuilder } from './builder.ts';
import type { Organization } from './organization.ts';
import { type Site, SITES } from './sites.ts';
import type { Team } from './staff.ts';

/** Users that others refer to. */
export interface UnusualUsers {
  readonly unscoped: readonly Person[];
  readonly disabled: readonly Person[];
}

/** Value of the provisioning attribute with which a mailbox is taken away (KB 2655364). */
export const REMOVAL_VALUE = 'RemoveMSOMbx';

/** sAMAccountName of the user who has a mailbox at first and loses it when everything has been seen once. */
export const LEAVER = 'lletzttag';

/** Whose accounts are deleted and created again once everything has been seen: one with the employeeID, one without. */
export const RECREATED = 'skuehn';
export const UNSURE = 'coneill';

type Case = Pick<PersonSpec, 'given' | 'surname'> & Partial<PersonSpec>;

const [berlin, dublin] = SITES as [Site, Site, ...Site[]];

/** Adds what is unusual and nevertheless right: strange names, accounts that are not persons, users out of scope. */
export function addUnusualUsers(builder: SampleBuilder, places: Organization, teams: readonly Team[]): UnusualUsers {
  addStrangeNames(builder, places);
  addLeaver(builder, places);
  addRooms(builder, places);
  addServiceAccounts(builder, places);
  const unscoped = addUnscoped(builder, places);
  addManagerOutOfScope(builder, teams, unscoped);
  return { unscoped, disabled: addDisabled(builder, places) };
}

function addStrangeNames(builder: SampleBuilder, { departments }: Organization): void {
  const ou = departments[0]?.ou ?? builder.base;
  const cases: readonly Case[] = [
    { given: 'Robert "Bob"', surname: 'Quill', name: 'Robert "Bob" Quill' },
    { given: 'Bea', surname: 'Back\\slash', name: 'Back\\slash, Bea' },
    { given: 'Tom + Tina', surname: 'Zwilling', name: 'Zwilling, Tom + Tina (job share)' },
    { given: 'Gero', surname: 'Gleichung', name: 'Gleichung, Gero (a = b)' },
    { given: 'Helpdesk', surname: '', name: '#1 Helpdesk; <internal>' },
    { given: 'Linda', surname: 'Leading', name: ' Leading, Linda', overrides: { displayName: 'Leading, Linda' } },
    { given: 'Theo', surname: 'Trailing', name: 'Trailing, Theo ', overrides: { displayName: 'Trailing, Theo' } },
    { given: 'Ines', surname: 'Vogel', name: 'Ines 🚀 Vogel 🇩🇪' },
    { given: '太郎', surname: '𠮷野家', latin: ['Taro', 'Yoshinoya'], name: '𠮷野家 太郎' },
    { given: 'יעל', surname: 'כהן', latin: ['Yael', 'Cohen'], name: 'יעל כהן' },
    { given: 'Zoë', surname: 'Maier', name: 'Zoë Maier'.normalize('NFC') },
    { given: 'Zoë', surname: 'Maier', name: 'Zoë Maier'.normalize('NFD') },
    {
      given: 'Maximilian',
      surname: 'von und zu Hohenstein',
      name: 'Maximilian',
      overrides: { displayName: longName() },
    },
    { given: 'X', surname: 'Æ', name: 'Ü'.repeat(64) },
    { given: 'Cher', surname: '', name: 'Cher' },
    { given: 'Seán', surname: "O'Brien-D'Arcy", site: dublin, overrides: apostrophes("sean.o'brien-d'arcy") },
    { given: "Ma'ayan", surname: "M'Bappé", site: dublin, overrides: apostrophes("ma'ayan.m'bappe") },
  ];
  for (const spec of cases) builder.user({ ou, site: berlin, department: 'Engineering', title: 'Engineer', ...spec });
  const selfManaged = builder.user({
    ou,
    given: 'Solo',
    surname: 'Selbst',
    site: berlin,
    department: 'Engineering',
    title: 'Engineer',
  });
  builder.link(selfManaged.dn, 'manager', selfManaged.dn);

  /** The longest displayName that the schema allows (rangeUpper 256). */
  function longName(): string {
    return `${'Prof. Dr. Dr. h. c. mult. '.repeat(8)}Maximilian von und zu Hohenstein-Waldenburg-Schi`
      .slice(0, 256)
      .padEnd(256, '.');
  }
  function apostrophes(local: string): NonNullable<PersonSpec['overrides']> {
    const mail = builder.address(local);
    return {
      mail,
      proxyAddresses: [`SMTP:${mail}`, `X500:/o=Old Contoso/cn=Recipients/cn=${local}`],
      targetAddress: `SMTP:${mail}`,
    };
  }
}

function addLeaver(builder: SampleBuilder, { departments }: Organization): void {
  builder.user({
    ou: departments[0]?.ou ?? builder.base,
    given: 'Lea',
    surname: 'Letzttag',
    site: berlin,
    department: 'Engineering',
    title: 'Engineer',
    provisioning: 'MBX=50GB;TYPE=EP2D;REG=EU;',
  });
}

/** Rooms, equipment and shared mailboxes: disabled accounts with a provisioning value of their own form (KB 2830599). */
function addRooms(builder: SampleBuilder, { rooms }: Organization): void {
  const resources: readonly [name: string, provisioning: string][] = [
    ['Room 1.01 Spree (12 seats)', 'MBX=10GB;TYPE=RESOURCE;RESMBX=roomrba;'],
    ['Room 2.17 Wuhle', 'reg=NA;resmbx=roomrba(CAP=15)'],
    ['Projector, mobile', 'TYPE=RESOURCE;RESMBX=EQUIPRBA;MBX=10GB;'],
    ['Shared Invoices', 'MBX=25GB;REG=NA;TYPE=SHARED;'],
    ['Shared Press', 'MBX=10GB;TYPE=EP2D;REG=NA;SharedMbx;'],
    ['Lync Room Berlin', 'MBX=5GB;RESMBX=LRSRoom;'],
  ];
  for (const [name, provisioning] of resources) {
    builder.user({
      ou: rooms,
      given: '',
      surname: name,
      name,
      site: berlin,
      department: 'Facilities',
      title: 'Resource',
      provisioning,
      overrides: {
        userAccountControl: DISABLED,
        // A Lync Room System has voice (KB 3103746).
        ...(provisioning.includes('LRSRoom') && { extensionAttribute10: '385', extensionAttribute11: 'Type=LRS' }),
      },
    });
  }
}

function addServiceAccounts(builder: SampleBuilder, { serviceAccounts }: Organization): void {
  const noMail = { mail: null, mailNickname: null, proxyAddresses: null, targetAddress: null, legacyExchangeDN: null };
  for (const name of [
    'svc-backup',
    'svc-sql',
    'svc-scan',
    'svc-monitoring',
    'svc-print',
    'svc-build',
    'svc-vpn',
    'svc-erp',
  ]) {
    const withMail = name === 'svc-scan' || name === 'svc-erp';
    builder.user({
      ou: serviceAccounts,
      given: '',
      surname: name,
      name,
      site: berlin,
      department: 'IT',
      title: 'Service account',
      overrides: { employeeType: 'service', ...(withMail ? {} : noMail) },
    });
  }
}

function addUnscoped(builder: SampleBuilder, { outOfScope }: Organization): Person[] {
  return people(builder, outOfScope, 'Board', 'Member of the board', [
    ['Wilhelmina', 'van Dijk'],
    ['Ángel', 'Ibáñez'],
    ['Håkon', 'Sjøberg'],
    ['Marie-Thérèse', 'Dupré'],
    ['Jiří', 'Dvořák'],
    ['Ștefan', 'Țepeș'],
    ['Ólafur', 'Þórsson'],
    ['Vítor', 'Gonçalves'],
    ['Anđela', 'Đorđević'],
    ['Eleni', 'Papadopoulou'],
  ]);
}

function addDisabled(builder: SampleBuilder, { disabled }: Organization): Person[] {
  const left: readonly [string, string][] = [
    ['Ansgar', 'Altmann'],
    ['Birte', 'Behrens'],
    ['Carsten', 'Cramer'],
    ['Dörte', 'Dünnebier'],
    ['Egon', 'Eßer'],
    ['Frauke', 'Fuß'],
    ['Gerd', 'Gräf'],
    ['Hanne', 'Höß'],
    ['Ilse', 'Iffland'],
    ['Jost', 'Jänicke'],
  ];
  const persons = people(builder, disabled, 'Alumni', 'Former employee', left, { userAccountControl: DISABLED });
  // Whose mailbox is to be taken away, by the procedure of KB 2655364.
  const removed = builder.user({
    ou: disabled,
    given: 'Klaus',
    surname: 'Kündig',
    site: berlin,
    department: 'Alumni',
    title: 'Former employee',
    provisioning: REMOVAL_VALUE,
    overrides: { userAccountControl: DISABLED },
  });
  return [...persons, removed];
}

function people(
  builder: SampleBuilder,
  ou: string,
  department: string,
  title: string,
  list: readonly (readonly [given: string, surname: string])[],
  overrides: NonNullable<PersonSpec['overrides']> = {},
): Person[] {
  return list.map(([given, surname]) =>
    builder.user({ ou, given, surname, site: berlin, department, title, overrides }),
  );
}

/** The chief executive reports to the board, which is out of scope. */
function addManagerOutOfScope(builder: SampleBuilder, teams: readonly Team[], unscoped: readonly Person[]): void {
  const chair = unscoped[0];
  const chief = teams[0]?.members[0];
  if (chair && chief) builder.link(chief.dn, 'manager', chair.dn);
}
