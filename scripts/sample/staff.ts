import type { Overrides, Person, SampleBuilder } from './builder.ts';
import type { Organization } from './organization.ts';
import { photo } from './photo.ts';
import { Random } from './random.ts';
import type { Department, Site } from './sites.ts';

const PER_DEPARTMENT = 7;
/** One in so many has a provisioning value. */
const PROVISIONED = 4;
/** One in so many has voice: Enterprise Voice, enhanced presence and public IM. */
const VOICE = 10;

/** The staff of one department, its head first. */
export interface Team {
  readonly site: Site;
  readonly department: Department;
  readonly members: readonly Person[];
}

const TITLES: Readonly<Record<Department, readonly string[]>> = {
  Engineering: ['Software Engineer', 'Senior Software Engineer', 'Test Engineer', 'Site Reliability Engineer'],
  Sales: ['Account Manager', 'Sales Representative', 'Pre-Sales Consultant'],
  Finance: ['Accountant', 'Controller', 'Payroll Clerk'],
  'Human Resources': ['HR Partner', 'Recruiter', 'Trainer'],
  'R&D, Prototypes': ['Research Scientist', 'Lab Technician', 'Patent Attorney (in-house)'],
};

/** The ways in which administrators have written the same thing (KB 2655364, KB 2830599). */
const PROVISIONING: readonly ((region: string) => string)[] = [
  (region) => `MBX=50GB;Type=EP2D;REG=${region};`,
  (region) => `REG=${region};MBX=50GB;TYPE=EP2D`,
  (region) => `type=ep1d;mbx=25gb;reg=${region.toLowerCase()};`,
  (region) => `MBX=2GB;TYPE=KIOSK;REG=${region};`,
  (region) => `Mbx=10GB; Reg=${region}; Type=EP1D;`,
  (region) => `TYPE=EP2D;REG=${region};MBX=50GB;`,
];

/** Adds the people of all sites. The heads of departments report to the head of the site, these to the chief executive. */
export function addStaff(builder: SampleBuilder, { departments }: Organization): readonly Team[] {
  const random = new Random('staff');
  const counts = new Map<Site, number>();
  let index = 0;
  const teams = departments.map(({ site, department, ou }) => {
    const members: Person[] = [];
    for (let position = 0; position < PER_DEPARTMENT; position++, index++) {
      const number = counts.get(site) ?? 0;
      counts.set(site, number + 1);
      const [given, givenLatin] = site.given[number % site.given.length] ?? ['', ''];
      const [surname, surnameLatin] = site.surnames[number % site.surnames.length] ?? ['', ''];
      const form = index % PROVISIONED === 0 ? PROVISIONING[(index / PROVISIONED) % PROVISIONING.length] : undefined;
      const member = builder.user({
        ou,
        given,
        surname,
        latin: [givenLatin, surnameLatin],
        site,
        department,
        title: position === 0 ? `Head of ${department}` : random.pick(TITLES[department]),
        ...(form && { provisioning: form(site.region) }),
        overrides: details(random, site, index),
      });
      if (members[0]) builder.link(member.dn, 'manager', members[0].dn);
      members.push(member);
    }
    return { site, department, members };
  });
  reportUpwards(builder, teams);
  return teams;
}

function reportUpwards(builder: SampleBuilder, teams: readonly Team[]): void {
  const siteHeads = new Map<Site, Person>();
  for (const {
    site,
    members: [head],
  } of teams) {
    if (head === undefined) continue;
    const superior = siteHeads.get(site) ?? siteHeads.values().next().value;
    if (superior) builder.link(head.dn, 'manager', superior.dn);
    if (!siteHeads.has(site)) siteHeads.set(site, head);
  }
}

/** What some have and others have not. */
function details(random: Random, site: Site, index: number): Overrides {
  return {
    ...(index % 2 === 0 && {
      mobile: `${site.dial.slice(0, site.dial.indexOf(' '))} 170 ${String(5_550_000 + index)}`,
    }),
    ...(index % 5 === 0 && { thumbnailPhoto: photo([80 + (index % 100), random.below(256), random.below(256)]) }),
    ...(index % 7 === 0 && { info: `Desk sharing on Fridays.\r\nBadge ${String(4000 + index)}` }),
    ...(index % 11 === 0 && {
      otherTelephone: [`${site.dial} 8${String(index)}`, `${site.dial} 9${String(index)}`],
      pager: String(index),
    }),
    ...(index % 13 === 0 && {
      facsimileTelephoneNumber: `${site.dial} 999`,
      wWWHomePage: `https://people.contoso.example/${String(index)}`,
    }),
    ...(index % 17 === 0 &&
      Object.fromEntries(
        OTHER_EXTENSION_ATTRIBUTES.map((number) => [`extensionAttribute${number}`, `x${number}-${String(index)}`]),
      )),
    ...(index % VOICE === 0 && {
      extensionAttribute10: '385',
      ...(site.region === 'EU' ? {} : { extensionAttribute11: `REG=${site.region};` }),
    }),
    ...(index % 23 === 0 && { msExchHideFromAddressLists: 'TRUE' }),
  };
}

/** All but those that every user has (1, 2), the provisioning value (9), and what voice is asked for by (10, 11). */
const OTHER_EXTENSION_ATTRIBUTES = [3, 4, 5, 6, 7, 8, 12, 13, 14, 15].map(String);
