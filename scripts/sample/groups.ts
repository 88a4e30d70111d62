import { asciiOf, type Person, type SampleBuilder } from './builder.ts';
import type { Organization } from './organization.ts';
import { DEPARTMENTS } from './sites.ts';
import type { Team } from './staff.ts';
import type { UnusualUsers } from './unusual.ts';

export interface Members {
  readonly teams: readonly Team[];
  readonly users: UnusualUsers;
  readonly generated: readonly Person[];
  readonly contacts: readonly Person[];
}

const dns = (persons: readonly Person[]): string[] => persons.map((person) => person.dn);
const headOf = (team: Team): { managedBy?: string } => (team.members[0] ? { managedBy: team.members[0].dn } : {});

/** Adds the groups: nested, of every scope, with and without mail. */
export function addGroups(builder: SampleBuilder, places: Organization, members: Members): void {
  const sites = addDepartmentLists(builder, places, members.teams);
  const { distribution: ou } = places;
  builder.group({
    ou,
    name: 'All Contoso',
    scope: 'universal',
    security: false,
    address: 'all',
    members: sites,
    overrides: { hideDLMembership: 'TRUE' },
  });
  builder.group({
    ou,
    name: 'All Plants',
    scope: 'universal',
    security: false,
    address: 'plants',
    members: dns(members.generated),
  });
  addRolesAndProjects(builder, places, members);
  addCycle(builder, places, members.teams);
  addOddGroups(builder, places, members);
}

/** A list per department of a site, one per site that holds these; answers the latter. */
function addDepartmentLists(
  builder: SampleBuilder,
  { distribution: ou }: Organization,
  teams: readonly Team[],
): string[] {
  const bySite = Map.groupBy(teams, (team) => team.site);
  return [...bySite].map(([site, siteTeams]) => {
    // 東京 has no Latin letters to make an address of.
    const code = asciiOf(site.name).toLowerCase() || 'tokyo';
    const lists = siteTeams.map((team) =>
      builder.group({
        ou,
        name: `${site.name} - ${team.department}`,
        scope: 'universal',
        security: false,
        address: `${code}.${asciiOf(team.department).toLowerCase()}`,
        members: dns(team.members),
        ...headOf(team),
      }),
    );
    return builder.group({
      ou,
      name: `${site.name} (all)`,
      scope: 'universal',
      security: false,
      address: `${code}.all`,
      members: lists,
    });
  });
}

/** Global groups of persons in domain-local groups with the rights, as Active Directory's books have it; some have mail. */
function addRolesAndProjects(builder: SampleBuilder, { security: ou }: Organization, { teams }: Members): void {
  for (const department of DEPARTMENTS) {
    const persons = teams.filter((team) => team.department === department).flatMap((team) => team.members);
    const role = builder.group({
      ou,
      name: `Role ${department}`,
      scope: 'global',
      security: true,
      members: dns(persons),
    });
    builder.group({ ou, name: `Share ${department} (write)`, scope: 'domain-local', security: true, members: [role] });
  }
  const projects = ['Spree', 'Wisła', 'Boğaz', '隅田川', 'Rhône', 'Liffey'];
  projects.forEach((project, index) => {
    const persons = teams.flatMap((team) => team.members).filter((_, number) => number % projects.length === index);
    builder.group({
      ou,
      name: `Project ${project}`,
      scope: index % 2 === 0 ? 'universal' : 'global',
      security: true,
      address: `project.${asciiOf(project).toLowerCase() || 'sumida'}`,
      members: dns(persons),
      ...(teams[index] && headOf(teams[index])),
    });
  });
  builder.group({
    ou,
    name: 'VPN users',
    scope: 'domain-local',
    security: true,
    address: 'vpn.users',
    members: dns(teams.flatMap((team) => team.members.slice(0, 2))),
  });
}

/** Groups that hold each other in a ring, which Active Directory allows. */
function addCycle(builder: SampleBuilder, { distribution: ou }: Organization, teams: readonly Team[]): void {
  const ring = ['Alpha', 'Beta', 'Gamma'].map((name, index) =>
    builder.group({
      ou,
      name: `Ring ${name}`,
      scope: 'universal',
      security: false,
      address: `ring.${name.toLowerCase()}`,
      members: dns(teams[index]?.members.slice(0, 1) ?? []),
    }),
  );
  ring.forEach((holder, index) => builder.link(holder, 'member', ring[(index + 1) % ring.length] ?? holder));
}

function addOddGroups(
  builder: SampleBuilder,
  { distribution: ou }: Organization,
  { teams, users, contacts }: Members,
): void {
  const list = { ou, scope: 'universal', security: false } as const;
  const some = teams.map((team) => team.members[0]).filter((person) => person !== undefined);
  builder.group({
    ...list,
    name: 'Supervisory Board and Heads',
    address: 'board',
    members: dns([...users.unscoped, ...some]),
  });
  builder.group({ ...list, name: 'Board only', address: 'board.only', members: dns(users.unscoped) });
  builder.group({
    ...list,
    name: 'Partners, "friends" & family; <external>',
    address: 'partners',
    members: dns(contacts),
  });
  builder.group({ ...list, name: 'Alumni', address: 'alumni', members: dns(users.disabled) });
  builder.group({ ...list, name: 'Nobody', address: 'nobody', members: [] });
  builder.group({
    ...list,
    scope: 'global',
    name: 'Global list',
    address: 'global.list',
    members: dns(some.slice(0, 5)),
  });
  builder.group({
    ...list,
    scope: 'domain-local',
    name: 'Local list',
    address: 'local.list',
    members: dns(some.slice(5, 9)),
  });
  builder.group({ ...list, name: 'List without mail', members: dns(some.slice(0, 2)) });
}
