import { expressionVariables, INPUT_LIMITS, MAX_EXPRESSION } from '../../rules/expression.ts';
import { offeredFunctions, offeredMacros } from '../../rules/expression-functions.ts';
import { attribute } from '../../rules/attributes.ts';
import { defaultTargets, requiredTargets } from '../../rules/flow-table.ts';
import { flowTargets, type FlowTarget } from '../../rules/flow-targets.ts';
import type { ObjectKind } from '../../rules/objects.ts';

const KINDS: readonly ObjectKind[] = ['user', 'contact', 'group'];

/** docs/flow.md: how attributes flow, with the tables as the rules have them. */
export function flowPage(): string {
  return [
    '# Attribute flow',
    '<!-- Made from rules/flow-*.ts and rules/expression*.ts by `npm run docs:flow`. Change it there. -->',
    'What a managed object holds follows from its source object. Without a word in the configuration it is the table at the end of this page: each attribute comes from the source attribute of the same name. A customer’s configuration says where it differs, for each kind of object by itself:',
    example,
    '## What can be said',
    table(
      ['setting', 'does'],
      [
        [
          '`drop`',
          'The attributes do not flow. Flow no longer owns them: what the managed object has **stays**, and whoever changes it there is not corrected.',
        ],
        [
          '`clear`',
          'The attributes shall be empty. Flow owns them: what the managed object has is cleared, and cleared again.',
        ],
        [
          '`rules`',
          'Fill an attribute from another one (`from`), or by an expression. They take the place of the table for their target.',
        ],
      ],
    ),
    'Of several rules for one target **the first that gives a value wins**. To keep the default as the last resort, name it as the last rule, as `telephoneNumber` above does. A rule that gives no value is no error; when no rule gives one, the attribute is cleared.',
    `${[...requiredTargets].map(code).join(', ')} can be transformed but neither dropped nor cleared: delivery and uniqueness rest on them. They are validated as they flow: an expression can not write an address outside the customer’s domains. Of \`proxyAddresses\` flow owns the values that it wrote, no others; \`mail\` and the X500 form of the source’s \`legacyExchangeDN\` are added to whatever a rule gives.`,
    'References (`manager`, `member`, delivery restrictions ...) flow once both objects exist. One can be filled from another reference of the source, by one `from`; a target out of scope is left out until it comes into scope.',
    'A new version of the configuration evaluates every object anew in the next cycle; what that changes passes the guard like any other change.',
    '## Expressions',
    'Expressions are written in the [Common Expression Language](https://github.com/google/cel-spec). They see the attributes of the source object, never those of the managed one:',
    table(
      ['name', 'is'],
      [
        [
          '`value.sn`',
          'the value of an attribute that has one; the empty text `""` where it is absent. Numbers and `TRUE` are text too',
        ],
        [
          '`values.url`',
          'the list of values of any attribute, sorted; the empty list where it is absent. A hyphen in the name: `value["msDS-PhoneticDisplayName"]`',
        ],
        ...Object.entries(expressionVariables).map(([name, meaning]) => [code(name), meaning] as const),
      ],
    ),
    'and these functions, beside `+ - * / %`, `== != < <= > >=`, `in`, `&& || !`, `condition ? one : other` and `list[0]`:',
    table(
      ['function', 'gives'],
      [...Object.values(offeredFunctions), ...Object.values(offeredMacros)].map(({ form, does }) => [code(form), does]),
    ),
    'A text gives one value, a list several, a whole number and true or false what an attribute of that syntax holds. Empty texts are no values. The result’s type must fit the target: a list for a target that holds several values only.',
    `Expressions always end: there is no recursion, and no regular expression, of which some never do. One may be ${MAX_EXPRESSION} characters long, and look at attributes of at most ${INPUT_LIMITS.values} values, ${INPUT_LIMITS.characters} characters each and ${INPUT_LIMITS.total} together. One whose worst case would hold up a cycle (a loop in a loop in a loop) is refused.`,
    '- **Broken** (a syntax error, an unknown attribute or function, a type that does not fit): the configuration is refused when it is read, with the line, and the character within the expression.',
    '- **Failing for one object** (`list[1]` of a list with one value, `int("x")`): error [SE701](errors.md) of that object. Nothing more flows to it until it is corrected; the others go on. A result that its target can not hold is SE702; `.cut(64)` avoids it.',
    '## What can be written',
    'Targets come from this list. Everything else is refused when the configuration is read: attributes that bear on security (`userAccountControl`, `sIDHistory`, `servicePrincipalName`, `altSecurityIdentities`, `msDS-KeyCredentialLink`, `msDS-AllowedTo*`, `adminCount`, `nTSecurityDescriptor`, `msExchMasterAccountSid` ...), those of the services (`homeMDB`, `msExch*`, `msRTCSIP-*`, quotas), and the anchor attribute. **Default** flows without a word in the configuration, **may** flows by a rule.',
    table(
      ['attribute', 'users', 'contacts', 'groups', 'holds', 'at most'],
      flowTargets.toSorted((one, other) => one.name.localeCompare(other.name, 'en', { numeric: true })).map(targetRow),
    ),
    'Beside these, flow sets `userAccountControl` of a user to 514 (an account that nobody can log on to) and `groupType` of a group to a universal group of the same purpose. CN and `sAMAccountName` are chosen once, unique in the managed domain, and kept.',
  ]
    .join('\n\n')
    .concat('\n');
}

const example = `\`\`\`yaml
flow:
  user:
    drop: [pager]
    clear: [info]
    rules:
      - target: displayName
        expression: '[value.sn, value.givenName].present().join(", ")'
      - target: telephoneNumber
        from: ipPhone
      - target: telephoneNumber
        from: telephoneNumber
      - target: extensionAttribute15
        from: employeeID
      - target: proxyAddresses
        expression: values.proxyAddresses.filter(v, !v.lower().startsWith("fax:"))
  group:
    rules:
      - target: displayName
        expression: '("DL " + value.displayName).cut(256)'
\`\`\``;

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function targetRow(target: FlowTarget): readonly string[] {
  const { name, limit } = target;
  const definition = attribute(name);
  const flows = (kind: ObjectKind): string =>
    defaultTargets(kind).includes(name) ? 'default' : target.kinds.includes(kind) ? 'may' : '';
  const holds = definition?.link === true ? 'reference' : HOLDS[definition?.syntax ?? 'text'];
  const units = definition?.syntax === 'binary' ? ' octets' : definition?.syntax === 'integer' ? '' : ' characters';
  return [
    code(name),
    ...KINDS.map(flows),
    `${holds ?? ''}${definition?.multi === true ? ', several' : ''}`,
    limit === null ? '' : `${limit}${units}`,
  ];
}

const HOLDS: Readonly<Record<string, string>> = {
  text: 'text',
  integer: 'whole number',
  boolean: 'true or false',
  binary: 'octets',
};
