import type { ErrorCode } from '../../rules/error-catalogue.ts';
import type { Overrides, SampleBuilder } from './builder.ts';
import type { Organization } from './organization.ts';
import { type Site, SITES } from './sites.ts';

const [berlin] = SITES as [Site, ...Site[]];

interface MistakenContact {
  readonly given: string;
  readonly surname: string;
  readonly what: string;
  readonly code: ErrorCode;
  readonly overrides: Overrides;
}

/** Adds contacts on which something is wrong. */
export function addMistakenContacts(builder: SampleBuilder, { partners: ou }: Organization): void {
  const contacts: readonly MistakenContact[] = [
    {
      given: 'Tara',
      surname: 'Targetless',
      what: 'a contact without targetAddress',
      code: 'SE501',
      overrides: { targetAddress: null },
    },
    {
      given: 'Sam',
      surname: 'Spaced',
      what: 'targetAddress holds a space',
      code: 'SE501',
      overrides: { targetAddress: 'SMTP:sam spaced@partner.example' },
    },
    {
      given: 'Nick',
      surname: 'Nameless',
      what: 'a contact without mailNickname',
      code: 'SE201',
      overrides: { mailNickname: null },
    },
    {
      given: 'Paul',
      surname: 'Primeless',
      what: 'a contact whose only address is a secondary one',
      code: 'SE305',
      overrides: { mail: null, proxyAddresses: [`smtp:${builder.address('paul.primeless', 'partner.example')}`] },
    },
    {
      given: 'Info',
      surname: 'Desk',
      what: 'a contact with an address of the group "Info"',
      code: 'SE303',
      overrides: {
        proxyAddresses: [`SMTP:${builder.address('info.desk', 'partner.example')}`, `smtp:${builder.address('info')}`],
      },
    },
  ];
  for (const { given, surname, what, code, overrides } of contacts) {
    const address = builder.address(`${given}.${surname}`.toLowerCase(), 'partner.example');
    builder.contact(
      {
        ou,
        given,
        surname,
        site: berlin,
        department: 'External',
        title: 'Contact',
        overrides,
        mistake: { what, code },
      },
      address,
    );
  }
}
