import { type Person, SampleBuilder } from '../sample/builder.ts';
import { Random } from '../sample/random.ts';
import type { SampleObject } from '../sample/sample-object.ts';
import { DEPARTMENTS, SITES } from '../sample/sites.ts';

/** How much to seed. All objects are right: seeding is for numbers, the sample customer for mistakes. */
export interface SeedSize {
  readonly users: number;
  readonly groups: number;
  readonly contacts: number;
  /** Members of each group, users and, one in ten, contacts; as many as there are when there are fewer. */
  readonly memberships: number;
  /** Users in one group more, the first ones; no such group when 0. */
  readonly largest: number;
}

/** Users that report to the same manager. */
const REPORTS = 10;
/** One user in so many has a provisioning value. */
const PROVISIONED = 10;

/**
 * The objects of a seed, the same for the same arguments.
 * @param base DN of the organizational unit that holds them, part of the result
 * @param prefix put before account names and addresses; two seeds in one forest need different ones
 */
export function seedObjects(
  { users, groups, contacts, memberships, largest }: SeedSize,
  base: string,
  prefix: string,
): readonly SampleObject[] {
  const builder = new SampleBuilder({ base, prefix });
  const random = new Random('seed');
  builder.addBase();
  const ou = {
    users: builder.organizationalUnit('Users', base),
    groups: builder.organizationalUnit('Groups', base),
    contacts: builder.organizationalUnit('Contacts', base),
  };
  const people = numbered(users, (number): Person => builder.user(person(random, ou.users, number)));
  people.forEach(({ dn }, index) => {
    const manager = people[Math.floor(index / REPORTS)];
    if (manager && manager.dn !== dn) builder.link(dn, 'manager', manager.dn);
  });
  const outsiders = numbered(contacts, (number): Person =>
    builder.contact(
      { ...person(random, ou.contacts, number), overrides: { company: 'Fabrikam' } },
      builder.address(`contact${number}`, 'fabrikam.example'),
    ),
  );
  numbered(groups, (number) => {
    const fromOutside = random.sample(outsiders, Math.floor(memberships / 10));
    const members = [...fromOutside, ...random.sample(people, memberships - fromOutside.length)];
    return builder.group({
      ou: ou.groups,
      name: `Group ${number}`,
      scope: 'universal',
      security: random.below(2) === 0,
      address: `group${number}`,
      members: members.map(({ dn }) => dn),
    });
  });
  if (largest > 0)
    builder.group({
      ou: ou.groups,
      name: 'Largest group',
      scope: 'universal',
      security: false,
      address: 'largest',
      members: people.slice(0, largest).map(({ dn }) => dn),
    });
  return builder.objects();
}

function person(random: Random, ou: string, number: string): Parameters<SampleBuilder['user']>[0] {
  const site = random.pick(SITES);
  const [given, givenLatin] = random.pick(site.given);
  const [surname, surnameLatin] = random.pick(site.surnames);
  return {
    ou,
    given,
    surname,
    latin: [givenLatin, `${surnameLatin}${number}`],
    name: `${surname}, ${given} (${number})`,
    site,
    department: random.pick(DEPARTMENTS),
    title: 'Employee',
    ...(Number(number) % PROVISIONED === 0 && { provisioning: `MBX=50GB;TYPE=EP2D;REG=${site.region};` }),
  };
}

function numbered<T>(count: number, make: (number: string) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(String(index + 1).padStart(6, '0')));
}
