import { errorCatalogue, familyOf, type ErrorCode, type ErrorFamily } from '../../rules/error-catalogue.ts';
import type { ObjectKind } from '../../rules/objects.ts';

const families: readonly { readonly family: ErrorFamily; readonly title: string; readonly text: string }[] = [
  {
    family: 'SE',
    title: 'Synchronization errors',
    text: 'A synchronization error is about the copy of the object in the managed forest.',
  },
  {
    family: 'PE',
    title: 'Provisioning errors',
    text: 'A provisioning error is about a service of the object. Its attributes keep flowing.',
  },
];

const plurals: Readonly<Record<ObjectKind, string>> = { user: 'users', contact: 'contacts', group: 'groups' };

/** docs/errors.md, the catalogue of object errors as a page. */
export function errorPage(): string {
  const codes = (Object.keys(errorCatalogue) as ErrorCode[]).sort();
  return [
    '# Object errors',
    '<!-- Made from rules/error-catalogue.ts by `npm run docs:errors`. Change it there. -->',
    'An object in a bad state stops by itself; the others go on. Its error goes away in the first cycle that no longer finds it. The numbers never change their meaning.',
    ...families.flatMap(({ family, title, text }) => [
      `## ${title}`,
      text,
      ...codes.filter((code) => familyOf(code) === family).flatMap(entry),
    ]),
  ]
    .join('\n\n')
    .concat('\n');
}

function entry(code: ErrorCode): readonly string[] {
  const { title, kinds, condition, impact, remedy } = errorCatalogue[code];
  return [
    `### ${code}: ${title}`,
    [
      `- **Objects:** ${kinds.map((kind) => plurals[kind]).join(', ')}`,
      `- **Condition:** ${condition}`,
      `- **Impact:** ${impact}`,
      `- **Remedy:** ${remedy}`,
    ].join('\n'),
  ];
}
