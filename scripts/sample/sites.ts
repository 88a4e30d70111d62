/** A name as its bearer writes it and, where that is not Latin script, as addresses spell it. */
export type Name = readonly [native: string, latin: string];

export interface Site {
  /** Name of the organizational unit and of the place. */
  readonly name: string;
  readonly street: string;
  readonly postalCode: string;
  readonly state: string;
  /** ISO 3166: attributes c, co and countryCode. */
  readonly country: readonly [alpha2: string, name: string, number: string];
  readonly dial: string;
  /** Region of the mailbox databases, for provisioning values. */
  readonly region: 'EU' | 'NA';
  /** CNs and display names as `Surname, Given`, else `Given Surname`; Japanese names go without the comma. */
  readonly order: 'surname, given' | 'given surname' | 'surname given';
  readonly given: readonly Name[];
  readonly surnames: readonly Name[];
}

/** `健太/Kenta 結衣/Yui`, or only `Anna Ben` where the letters are Latin. An underscore is a space. */
function names(list: string): Name[] {
  return list.split(' ').map((entry) => {
    const [native = '', latin = native] = entry.replaceAll('_', ' ').split('/');
    return [native, latin];
  });
}

/** The numbers of given names and surnames have no common divisor, so that pairing them in step repeats no pair. */
export const SITES: readonly Site[] = [
  {
    name: 'Berlin',
    street: 'Straße des 17. Juni 135',
    postalCode: '10623',
    state: 'Berlin',
    country: ['DE', 'Germany', '276'],
    dial: '+49 30 5550',
    region: 'EU',
    order: 'surname, given',
    given: names(
      'Anna Jürgen Käthe Björn Sören Ulrike Günther Heike Torsten Bärbel Matthias Jörg Silke Uwe Renate Ömer Zoë',
    ),
    surnames: names(
      'Müller Weiß Schröder Groß Kühn Lindström Vogel Strauß Yılmaz Nowak Böhm Krüger Jäger Hübner Köhler Voß Schäfer Größer Zuñiga',
    ),
  },
  {
    name: 'Dublin',
    street: '12 Grand Canal Quay',
    postalCode: 'D02 R573',
    state: 'Leinster',
    country: ['IE', 'Ireland', '372'],
    dial: '+353 1 555',
    region: 'EU',
    order: 'given surname',
    given: names('Seán Aoife Niamh Pádraig Ciarán Siobhán Eoin Róisín Liam Caoimhe Declan Orla Fionn Gráinne Cormac'),
    surnames: names(
      "O'Brien Murphy O'Connor Ó_Súilleabháin Byrne MacNamara D'Arcy Kavanagh Fitzgerald O'Neill Doyle Ní_Dhónaill Lynch Walsh Nolan Daly",
    ),
  },
  {
    name: 'Kraków',
    street: 'ul. Święty Tomasz 4/7',
    postalCode: '31-014',
    state: 'małopolskie',
    country: ['PL', 'Poland', '616'],
    dial: '+48 12 555',
    region: 'EU',
    order: 'surname, given',
    given: names(
      'Łukasz Małgorzata Paweł Agnieszka Józef Żaneta Grażyna Stanisław Świętosława Michał Elżbieta Wojciech Zofia',
    ),
    surnames: names(
      'Żółciński Wójcik Kowalczyk Dąbrowska Szczęsny Brzęczyszczykiewicz Nowak-Jeziorańska Gęś Zając Ćwikła Łoś Ślązak Król Mączka',
    ),
  },
  {
    name: 'İstanbul',
    street: 'İstiklâl Caddesi 187',
    postalCode: '34433',
    state: 'İstanbul',
    country: ['TR', 'Türkiye', '792'],
    dial: '+90 212 555',
    region: 'EU',
    order: 'given surname',
    given: names('Işıl İbrahim Çağla Gökçe Özgür Şebnem Uğur Ayşegül Ilgın Kıvanç Tuğçe Barış Defne'),
    surnames: names('Yıldız Çelik Öztürk Şahin Güneş Kılıç Aydın Işık İnönü Doğan Karaağaç Sarı Ünal Akın'),
  },
  {
    name: 'Lyon',
    street: '3 quai André-Lassagne',
    postalCode: '69001',
    state: 'Auvergne-Rhône-Alpes',
    country: ['FR', 'France', '250'],
    dial: '+33 4 55 50',
    region: 'EU',
    order: 'given surname',
    given: names('Zoé Jérôme Hélène François Maëlys Loïc Geneviève Benoît Anaïs Cédric Jean-Noël Agnès Étienne'),
    surnames: names(
      "L'Hôpital Lefèvre d'Alembert Çelebi Müntz Garçon Béziers Saint-Exupéry Crépin de_la_Tour Noël Ducœur Brûlé Français",
    ),
  },
  {
    name: '東京',
    street: '港区芝公園4丁目2番8号',
    postalCode: '105-0011',
    state: '東京都',
    country: ['JP', 'Japan', '392'],
    dial: '+81 3 5550',
    region: 'NA',
    order: 'surname given',
    given: names(
      '健太/Kenta 結衣/Yui 大輔/Daisuke 美咲/Misaki 拓也/Takuya さくら/Sakura 一郎/Ichiro 陽菜/Hina 翔/Sho 彩花/Ayaka 蓮/Ren 花子/Hanako 太郎/Taro',
    ),
    surnames: names(
      '佐藤/Sato 鈴木/Suzuki 高橋/Takahashi 田中/Tanaka 渡邊/Watanabe 伊藤/Ito 山本/Yamamoto 𠮷田/Yoshida 小林/Kobayashi 髙島/Takashima 斎藤/Saito 林/Hayashi 森/Mori 王/Wang',
    ),
  },
  {
    name: 'Seattle',
    street: '1201 3rd Avenue, Suite 4200',
    postalCode: '98101',
    state: 'WA',
    country: ['US', 'United States', '840'],
    dial: '+1 206 555 0',
    region: 'NA',
    order: 'given surname',
    given: names('Maria Wei DeShawn Priya Kai Noelani Jesús Thuy Aaliyah Hiroshi Emma Björk Mateo'),
    surnames: names(
      "Garcia-López Nguyễn Washington Patel Kealoha O'Malley Zhang Smith St._John Van_der_Berg Núñez Kim Begay Adebayo",
    ),
  },
];

export const DEPARTMENTS = ['Engineering', 'Sales', 'Finance', 'Human Resources', 'R&D, Prototypes'] as const;
export type Department = (typeof DEPARTMENTS)[number];
