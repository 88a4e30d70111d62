import { asciiOf, type Person, type SampleBuilder } from './builder.ts';
import type { Organization } from './organization.ts';
import { type Site, SITES } from './sites.ts';

const [berlin] = SITES as [Site, ...Site[]];

const COMPANIES: readonly (readonly [
  company: string,
  domain: string,
  people: readonly (readonly [given: string, surname: string])[],
])[] = [
  [
    'Fabrikam Supplies Ltd.',
    'fabrikam-supplies.example',
    [
      ['Emma', 'Wright'],
      ['Owen', 'Pugh'],
      ['Cian', "O'Shea"],
      ['Mina', 'Rahman'],
    ],
  ],
  [
    'Wide World Importers',
    'wideworld.example',
    [
      ['Sofía', 'Peña'],
      ['Joaquín', 'Ruiz'],
      ['Lucía', 'Ávila'],
      ['Iñaki', 'Etxeberria'],
    ],
  ],
  [
    'Adatum Łódź sp. z o.o.',
    'adatum.example',
    [
      ['Bożena', 'Gąsior'],
      ['Zbigniew', 'Wróż'],
      ['Jolanta', 'Świątek'],
      ['Rafał', 'Łęcki'],
    ],
  ],
  [
    'Tailspin Toys Türkiye',
    'tailspin.example',
    [
      ['Çınar', 'Uğurlu'],
      ['Şule', 'Gündoğdu'],
      ['İpek', 'Ergün'],
      ['Yiğit', 'Ağaoğlu'],
    ],
  ],
  [
    'Litware, Inc.',
    'mail.litware.example',
    [
      ['Ray', 'Ortiz'],
      ['Zuri', 'Okafor'],
      ['Ann-Marie', 'Li'],
      ['José', 'da Silva'],
    ],
  ],
  [
    'Proseware & Söhne KG',
    'proseware.example',
    [
      ['Götz', 'Öhlschläger'],
      ['Änne', 'Süß'],
      ['Jobst', 'Maßmann'],
      ['Lothar', 'Hößlin'],
    ],
  ],
  [
    'Northwind Nordic',
    'northwind.example',
    [
      ['Åse', 'Ødegård'],
      ['Søren', 'Kjær'],
      ['Tõnu', 'Õunapuu'],
      ['Guðrún', 'Ægisdóttir'],
    ],
  ],
  [
    'Lucerne Publishing',
    'lucerne.example',
    [
      ['Beat', 'Rüegg'],
      ['Régis', 'Favre'],
      ['Urs', 'Zürcher'],
      ['Noëmi', 'Brügger'],
    ],
  ],
];

/** Adds the contacts of other companies. */
export function addPartners(builder: SampleBuilder, { partners, suppliers }: Organization): readonly Person[] {
  return COMPANIES.flatMap(([company, domain, people], index) =>
    people.map(([given, surname]) => {
      const local = `${asciiOf(given)}.${asciiOf(surname)}`.toLowerCase();
      return builder.contact(
        {
          ou: index % 2 === 0 ? suppliers : partners,
          given,
          surname,
          name: `${given} ${surname} (${company})`,
          site: berlin,
          department: 'External',
          title: 'Contact',
          overrides: { company, l: null, st: null, streetAddress: null, postalCode: null },
        },
        // The prefix keeps the addresses of two copies of the sample apart.
        builder.address(local, domain),
      );
    }),
  );
}
