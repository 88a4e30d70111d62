import type { Person, SampleBuilder } from './builder.ts';
import type { Organization } from './organization.ts';
import { Random } from './random.ts';
import { SITES } from './sites.ts';

/** How many of them the sample has unless another number is asked for. */
export const GENERATED_USERS = 2000;

/** Adds the users that are there only for the number; all of them are right. */
export function addGenerated(builder: SampleBuilder, { generated }: Organization, count: number): readonly Person[] {
  const random = new Random('generated');
  const persons: Person[] = [];
  for (let index = 1; index <= count; index++) {
    const site = random.pick(SITES);
    const [given, givenLatin] = random.pick(site.given);
    const [surname, surnameLatin] = random.pick(site.surnames);
    const person = builder.user({
      ou: generated,
      given,
      surname,
      latin: [givenLatin, surnameLatin],
      name: `${surname}, ${given} (${String(index).padStart(4, '0')})`,
      site,
      department: `Plant ${String(1 + (index % 12))}`,
      title: 'Technician',
    });
    const manager = persons[Math.floor(index / 20) - 1];
    if (manager) builder.link(person.dn, 'manager', manager.dn);
    persons.push(person);
  }
  return persons;
}
