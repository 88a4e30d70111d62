import type { ErrorCode } from '../../rules/error-catalogue.ts';
import type { Overrides, PersonSpec, SampleBuilder } from './builder.ts';
import type { Organization } from './organization.ts';
import { type Site, SITES } from './sites.ts';

const [berlin] = SITES as [Site, ...Site[]];

interface MistakenPerson {
  readonly given: string;
  readonly surname: string;
  readonly what: string;
  readonly code?: ErrorCode;
  readonly provisioning?: string;
  readonly overrides?: Overrides;
}

/** Adds users on whom something is wrong, each with one mistake that real directories hold. */
export function addMistakenUsers(builder: SampleBuilder, places: Organization): void {
  const ou = places.departments[0]?.ou ?? builder.base;
  const add = ({ given, surname, what, code, provisioning, overrides }: MistakenPerson): void => {
    const spec: PersonSpec = {
      ou,
      given,
      surname,
      site: berlin,
      department: 'Engineering',
      title: 'Engineer',
      ...(provisioning !== undefined && { provisioning }),
      ...(overrides && { overrides }),
      mistake: { what, ...(code && { code }) },
    };
    builder.user(spec);
  };
  for (const mistaken of mailboxMistakes(builder)) add(mistaken);
  for (const mistaken of sharedValues(builder)) add(mistaken);
}

function mailboxMistakes(builder: SampleBuilder): MistakenPerson[] {
  const at = (local: string, domain?: string): string => builder.address(local, domain);
  const smtp = (mail: string): Overrides => ({ mail, proxyAddresses: [`SMTP:${mail}`], targetAddress: null });
  return [
    {
      given: 'Mia',
      surname: 'Ohnepost',
      what: 'has a provisioning value but no mail',
      provisioning: 'MBX=50GB;TYPE=EP2D;REG=EU;',
      overrides: { mail: null, proxyAddresses: null, targetAddress: null },
    },
    {
      given: 'Fred',
      surname: 'Fremd',
      what: "mail is in a domain that is not the customer's",
      code: 'SE102',
      overrides: smtp(at('fred.fremd', 'gmail.example')),
    },
    {
      given: 'Nina',
      surname: 'Nebenan',
      what: "a secondary address is in a domain that is not the customer's",
      code: 'SE102',
      overrides: { proxyAddresses: [`SMTP:${at('nina.nebenan')}`, `smtp:${at('nina', 'fabrikam.example')}`] },
    },
    {
      given: 'Lea',
      surname: 'Leerzeichen',
      what: 'mail holds a space',
      code: 'SE101',
      overrides: { mail: at('lea leerzeichen'), proxyAddresses: null },
    },
    {
      given: 'Otto',
      surname: 'Ohneklammer',
      what: 'mail has no @',
      code: 'SE101',
      overrides: { mail: 'otto.ohneklammer.contoso.test', proxyAddresses: null },
    },
    {
      given: 'Paul',
      surname: 'Punkt',
      what: 'mail has two periods in a row',
      code: 'SE101',
      overrides: { mail: at('paul..punkt'), proxyAddresses: null },
    },
    {
      given: 'Anna',
      surname: 'Abstand',
      what: 'mailNickname holds a space',
      code: 'SE202',
      overrides: { mailNickname: 'anna abstand' },
    },
    {
      given: 'Vera',
      surname: 'Vorpunkt',
      what: 'mailNickname begins with a period',
      code: 'SE202',
      overrides: { mailNickname: '.vera.vorpunkt' },
    },
    {
      given: 'Nora',
      surname: 'Nachpunkt',
      what: 'mailNickname ends with a period',
      code: 'SE202',
      overrides: { mailNickname: 'nora.nachpunkt.' },
    },
    {
      given: 'Peadar',
      surname: "O'Toole",
      what: 'mailNickname holds an apostrophe',
      code: 'SE202',
      overrides: { mailNickname: "peadar.o'toole" },
    },
    {
      given: 'Lena',
      surname: 'Langname',
      what: 'mailNickname is longer than 64 characters',
      code: 'SE202',
      overrides: { mailNickname: 'lena.'.repeat(14).slice(0, 69) },
    },
    {
      given: 'Olaf',
      surname: 'Ohnenamen',
      what: 'mailNickname is missing',
      code: 'SE201',
      overrides: { mailNickname: null },
    },
    {
      given: 'Zoran',
      surname: 'Zweifach',
      what: 'proxyAddresses has two primary SMTP addresses',
      code: 'SE302',
      overrides: { proxyAddresses: [`SMTP:${at('zoran.zweifach')}`, `SMTP:${at('zoran', 'contoso.example')}`] },
    },
    {
      given: 'Pia',
      surname: 'Präfix',
      what: 'a value of proxyAddresses has no type',
      code: 'SE301',
      overrides: { proxyAddresses: [`SMTP:${at('pia.praefix')}`, at('pia')] },
    },
    {
      given: 'Udo',
      surname: 'Umlaut',
      what: 'an SMTP address holds an umlaut',
      code: 'SE301',
      overrides: { proxyAddresses: [`SMTP:${at('udo.umlaut')}`, `smtp:${at('udo.ümlaut')}`] },
    },
    {
      given: 'Sina',
      surname: 'Doppelsip',
      what: 'proxyAddresses has two primary SIP addresses',
      code: 'SE306',
      overrides: {
        proxyAddresses: [
          `SMTP:${at('sina.doppelsip')}`,
          `SIP:${at('sina.doppelsip')}`,
          `SIP:${at('sina', 'contoso.example')}`,
        ],
      },
    },
    {
      given: 'Alfons',
      surname: 'Altname',
      what: 'legacyExchangeDN is an account name',
      code: 'SE307',
      overrides: { legacyExchangeDN: 'CONTOSO\\aaltname' },
    },
    {
      given: 'Lars',
      surname: 'Landlos',
      what: 'the country is written with three letters',
      code: 'SE403',
      overrides: { c: 'GER' },
    },
    {
      given: 'Emil',
      surname: 'Endeleer',
      what: 'displayName ends with a space',
      code: 'SE401',
      overrides: { displayName: 'Endeleer, Emil ' },
    },
    {
      given: 'Anke',
      surname: 'Anfangleer',
      what: 'displayName begins with a no-break space',
      code: 'SE401',
      overrides: { displayName: '\u00a0Anfangleer, Anke' },
    },
    {
      given: 'Zita',
      surname: 'Ziellos',
      what: 'targetAddress has no type',
      code: 'SE501',
      overrides: { targetAddress: at('zita.ziellos') },
    },
    {
      given: 'Lutz',
      surname: 'Lots',
      what: 'the size in the provisioning value is not a number',
      code: 'PE101',
      provisioning: 'MBX=lots;',
    },
    {
      given: 'Karla',
      surname: 'Kennung',
      what: 'the provisioning value has an unknown key',
      code: 'PE101',
      provisioning: 'MBOX=50GB;TYPE=EP2D;REG=EU;',
    },
    {
      given: 'Marvin',
      surname: 'Mars',
      what: 'the region of the provisioning value has no mailbox databases',
      code: 'PE102',
      provisioning: 'MBX=50GB;TYPE=EP2D;REG=MARS;',
    },
    {
      given: 'Wanda',
      surname: 'Wartet',
      what: 'the mailbox database of the region was never made in the managed forest: its workflow waits for a correction',
      code: 'PE901',
      provisioning: 'MBX=50GB;TYPE=EP2D;REG=AP;',
    },
  ];
}

/** Pairs of users with the same value; each is named as a mistake, because either may be the one to correct. */
function sharedValues(builder: SampleBuilder): MistakenPerson[] {
  const shared = builder.address('sales.inbox');
  const mail = builder.address('kim.gleich');
  const nickname = builder.address('a.mehrfach').replace(/@.*/, '');
  const own = (local: string): string => `SMTP:${builder.address(local)}`;
  return [
    {
      given: 'Dora',
      surname: 'Doppel',
      what: 'shares an address with Dirk Doppel',
      code: 'SE303',
      overrides: { proxyAddresses: [own('dora.doppel'), `smtp:${shared}`] },
    },
    {
      given: 'Dirk',
      surname: 'Doppel',
      what: 'shares an address with Dora Doppel, written in capitals',
      code: 'SE303',
      overrides: { proxyAddresses: [own('dirk.doppel'), `smtp:${shared.toUpperCase()}`] },
    },
    {
      given: 'Kim',
      surname: 'Gleich',
      what: 'has the same mail as Kimberly Gleich',
      code: 'SE303',
      overrides: { mail, proxyAddresses: [`SMTP:${mail}`] },
    },
    {
      given: 'Kimberly',
      surname: 'Gleich',
      what: 'has the same mail as Kim Gleich',
      code: 'SE303',
      overrides: { mail, proxyAddresses: null },
    },
    {
      given: 'Alma',
      surname: 'Mehrfach',
      what: 'has the same mailNickname as Arno Mehrfach',
      code: 'SE304',
      overrides: { mailNickname: nickname },
    },
    {
      given: 'Arno',
      surname: 'Mehrfach',
      what: 'has the same mailNickname as Alma Mehrfach',
      code: 'SE304',
      overrides: { mailNickname: nickname },
    },
  ];
}
