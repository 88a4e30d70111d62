import type { SampleBuilder } from './builder.ts';
import { DEPARTMENTS, type Department, SITES, type Site } from './sites.ts';

/** DNs of the organizational units of the sample. */
export interface Organization {
  /** Of each department of each site. */
  readonly departments: readonly { readonly site: Site; readonly department: Department; readonly ou: string }[];
  readonly generated: string;
  readonly serviceAccounts: string;
  readonly rooms: string;
  readonly disabled: string;
  readonly partners: string;
  readonly suppliers: string;
  readonly distribution: string;
  readonly security: string;
  /** To be excluded in the configuration. */
  readonly outOfScope: string;
}

/** Adds the organizational units. */
export function addOrganization(builder: SampleBuilder): Organization {
  const { base } = builder;
  builder.addBase();
  const people = builder.organizationalUnit('People', base);
  const departments = SITES.flatMap((site) => {
    const place = builder.organizationalUnit(site.name, people);
    return DEPARTMENTS.map((department) => ({ site, department, ou: builder.organizationalUnit(department, place) }));
  });
  const partners = builder.organizationalUnit('Partners', base);
  const groups = builder.organizationalUnit('Groups', base);
  return {
    departments,
    generated: builder.organizationalUnit('Generated', people),
    serviceAccounts: builder.organizationalUnit('Service Accounts', base),
    rooms: builder.organizationalUnit('Rooms and Equipment', base),
    disabled: builder.organizationalUnit('Disabled', base),
    partners,
    suppliers: builder.organizationalUnit('Suppliers', partners),
    distribution: builder.organizationalUnit('Distribution', groups),
    security: builder.organizationalUnit('Security', groups),
    outOfScope: builder.organizationalUnit('Out of scope', base),
  };
}
