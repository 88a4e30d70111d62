import fc from 'fast-check';
import { compileFilter, compileParsed, type Truth } from '../../rules/filter-match.ts';
import { formatFilter, type Filter } from '../../rules/filter.ts';
import { anyFilter } from '../support/filters.ts';
import { anyText, image, type Attributes } from '../support/source-object.ts';

/** What a filter says of an object with these attributes; those that are null could not be read. */
function ask(text: string, attributes: Readonly<Record<string, Attributes[string] | null>>): Truth {
  const compilation = compileFilter(text);
  if (!compilation.ok) throw new Error(`${String(compilation.fault.at)}: ${compilation.fault.message}`);
  const have = image(Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, value ?? undefined])));
  return compilation.compiled.matches((name) => (attributes[name] === null ? null : (have[name] ?? [])));
}

function fault(text: string): string {
  const compilation = compileFilter(text);
  return compilation.ok ? 'none' : `${String(compilation.fault.at)}: ${compilation.fault.message}`;
}

const guid = '195f3990-2c0c-4a41-9a37-cd4dbf0dcb1c';
const octets = '\\90\\39\\5f\\19\\0c\\2c\\41\\4a\\9a\\37\\cd\\4d\\bf\\0d\\cb\\1c';
const sid = 'S-1-5-21-1-2-3-500';

test.each<[string, Attributes, Truth]>([
  // Text: no difference by case, accents and width.
  ['(department=sales)', { department: 'Sales' }, true],
  ['(department=Sale)', { department: 'Sales' }, false],
  ['(department=Sales)', {}, false],
  ['(!(department=Sales))', {}, true],
  ['(displayName=JOSÉ Muller)', { displayName: 'jose müller' }, true],
  ['(displayName=Jose\\cc\\81)', { displayName: 'José' }, true],
  ['(displayName=ＡＮＮ)', { displayName: 'Ann' }, true],
  ['(displayName~=ann)', { displayName: 'Ann' }, true],
  ['(employeeID>=200)', { employeeID: '300' }, true],
  ['(employeeID>=b)', { employeeID: 'A' }, false],
  ['(employeeID<=B)', { employeeID: 'a' }, true],
  ['(employeeID>=1)', {}, false],
  ['(employeeID<=1)', {}, false],
  // Any value will do.
  ['(proxyAddresses=smtp:b@x.de)', { proxyAddresses: ['SMTP:a@x.de', 'smtp:B@X.de'] }, true],
  ['(!(proxyAddresses=smtp:b@x.de))', { proxyAddresses: ['SMTP:a@x.de', 'smtp:B@X.de'] }, false],
  // Substrings: in their order, without overlap.
  ['(mail=*@contoso.test)', { mail: 'ann@CONTOSO.test' }, true],
  ['(cn=a*)', { cn: 'Ann' }, true],
  ['(cn=*n)', { cn: 'Ann' }, true],
  ['(cn=a*n*n)', { cn: 'Ann' }, true],
  ['(cn=a*nn*n)', { cn: 'Ann' }, false],
  ['(cn=ann*nn)', { cn: 'Ann' }, false],
  ['(cn=*b*a*)', { cn: 'ab' }, false],
  ['(cn=*é*)', { cn: 'Jose' }, true],
  ['(cn=*)', { cn: 'x' }, true],
  ['(cn=*)', {}, false],
  // Numbers.
  ['(userAccountControl=0512)', { userAccountControl: '512' }, true],
  ['(userAccountControl>=513)', { userAccountControl: '512' }, false],
  ['(userAccountControl>=9)', { userAccountControl: '512' }, true],
  ['(userAccountControl<=-1)', { userAccountControl: '-2' }, true],
  ['(groupType=2147483656)', { groupType: '-2147483640' }, true],
  ['(userAccountControl:1.2.840.113556.1.4.803:=2)', { userAccountControl: '514' }, true],
  ['(userAccountControl:1.2.840.113556.1.4.803:=3)', { userAccountControl: '514' }, false],
  ['(userAccountControl:1.2.840.113556.1.4.804:=3)', { userAccountControl: '514' }, true],
  ['(userAccountControl:1.2.840.113556.1.4.804:=5)', { userAccountControl: '514' }, false],
  ['(userAccountControl:1.2.840.113556.1.4.803:=0)', { userAccountControl: '514' }, true],
  ['(userAccountControl:1.2.840.113556.1.4.804:=0)', { userAccountControl: '514' }, false],
  ['(userAccountControl:1.2.840.113556.1.4.803:=2)', {}, false],
  ['(groupType:1.2.840.113556.1.4.803:=2147483648)', { groupType: '-2147483640' }, true],
  ['(groupType:1.2.840.113556.1.4.803:=2147483648)', { groupType: '8' }, false],
  ['(accountExpires>=9223372036854775807)', { accountExpires: '9223372036854775807' }, true],
  ['(accountExpires<=9223372036854775806)', { accountExpires: '9223372036854775807' }, false],
  // Booleans.
  ['(msExchHideFromAddressLists=true)', { msExchHideFromAddressLists: 'TRUE' }, true],
  ['(msExchHideFromAddressLists=FALSE)', { msExchHideFromAddressLists: 'TRUE' }, false],
  // Distinguished names, however they are written.
  ['(homeMDB=cn=db01, cn=x\\5c2cy)', { homeMDB: 'CN=DB01,CN=x\\,y' }, true],
  ['(homeMDB=CN=DB02)', { homeMDB: 'CN=DB01' }, false],
  ['(objectCategory=user)', { objectCategory: 'CN=Person,CN=Schema,CN=Configuration,DC=x' }, true],
  ['(objectCategory=group)', { objectCategory: 'CN=Person,CN=Schema,CN=Configuration,DC=x' }, false],
  ['(objectClass=USER)', { objectClass: ['top', 'person', 'organizationalPerson', 'user'] }, true],
  ['(objectClass=group)', { objectClass: ['top', 'person', 'organizationalPerson', 'user'] }, false],
  // Identifiers, as text and as octets.
  [`(objectGUID=${guid.toUpperCase()})`, { objectGUID: guid }, true],
  [`(objectGUID={${guid}})`, { objectGUID: guid }, true],
  [`(objectGUID=${octets})`, { objectGUID: guid }, true],
  [`(objectGUID=${octets.replace('90', '91')})`, { objectGUID: guid }, false],
  [`(objectSid=${sid.toLowerCase()})`, { objectSid: sid }, true],
  [
    '(objectSid=\\01\\05\\00\\00\\00\\00\\00\\05\\15\\00\\00\\00\\01\\00\\00\\00\\02\\00\\00\\00\\03\\00\\00\\00\\f4\\01\\00\\00)',
    { objectSid: sid },
    true,
  ],
  ['(objectSid=S-1-5-21-1-2-3-501)', { objectSid: sid }, false],
  // Times.
  ['(whenCreated>=20260801000000.0Z)', { whenCreated: '20260801000000.0Z' }, true],
  ['(whenCreated<=20260731235959Z)', { whenCreated: '20260801000000.0Z' }, false],
  ['(thumbnailPhoto=*)', { thumbnailPhoto: 'AAEC' }, true],
])('%s of %j is %s', (text, attributes, truth) => {
  expect(ask(text, attributes)).toBe(truth);
});

// Shows: Scope / LDAP filter: three-valued logic where a value can not be read (none)
test.each<[string, Truth]>([
  ['(title=x)', undefined],
  ['(title=*)', undefined],
  ['(!(title=x))', undefined],
  ['(&(title=x)(mail=a))', undefined],
  ['(&(title=x)(mail=b))', false],
  ['(&(mail=b)(title=x))', false],
  ['(|(title=x)(mail=a))', true],
  ['(|(title=x)(mail=b))', undefined],
  ['(!(&(title=x)(mail=b)))', true],
])('%s, when title can not be read, is %s', (text, truth) => {
  expect(ask(text, { title: null, mail: 'a' })).toBe(truth);
});

// Shows: Scope / a bad filter is refused when the configuration is read, with its place (none)
test.each([
  ['(&(mail=*)(favouriteColour=red))', '11: the attribute favouriteColour is not known'],
  ['(memberOf=CN=Staff,DC=x)', '1: memberOf refers to other objects'],
  ['(manager=*)', '1: manager refers to other objects'],
  ['(uSNChanged>=5)', '1: uSNChanged is not among what a domain controller replicates'],
  ['(nTSecurityDescriptor=*)', '1: nTSecurityDescriptor is not among'],
  ['(userAccountControl=disabled)', '1: a whole number is expected'],
  ['(userAccountControl=5*)', '1: userAccountControl takes no wildcards'],
  ['(accountExpires=9223372036854775808)', '1: a whole number is expected'],
  ['(msExchHideFromAddressLists=yes)', '1: TRUE or FALSE is expected'],
  ['(msExchHideFromAddressLists>=TRUE)', '1: values of msExchHideFromAddressLists have no order'],
  ['(homeMDB=DB01)', '1: a distinguished name is expected'],
  ['(homeMDB=CN=*)', '1: homeMDB takes no wildcards'],
  ['(objectGUID=ann)', '1: a GUID or its 16 octets is expected'],
  ['(objectSid=ann)', '1: a SID such as'],
  ['(objectCategory=printer)', '1: the name of a class or a distinguished name is expected'],
  ['(whenCreated>=2026)', '1: a time such as'],
  ['(thumbnailPhoto=\\ff\\d8)', '1: thumbnailPhoto can only be asked for with =*'],
  ['(title=\\ff)', '1: text is expected'],
  ['(title=a*\\ff)', '1: a part of the value is not UTF-8 text'],
  ['(userAccountControl:1.2.840.113556.1.4.1941:=2)', '1: the matching rule 1.2.840.113556.1.4.1941 is not supported'],
  ['(title:1.2.840.113556.1.4.803:=2)', '1: title holds no numbers'],
  ['(userAccountControl:1.2.840.113556.1.4.803:=two)', '1: a whole number is expected'],
  ['(mail=*', '7: ")" is expected'],
])('%s is refused at %s', (text, message) => {
  expect(fault(text)).toContain(message);
});

test('the attributes that a filter looks at are told by their canonical names, each once', () => {
  const compilation = compileFilter('(&(MAIL=*)(|(mail=a*)(!(userACCOUNTcontrol=2))))');
  expect(compilation).toMatchObject({ compiled: { attributes: ['mail', 'userAccountControl'] } });
});

/** Items over four attributes, with values that objects have too. */
const word = fc.constantFrom('a', 'B', 'ab', 'É', 'e');
const asked = fc.constantFrom('title', 'department', 'mail', 'company');
const item: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ type: fc.constant('present' as const), attribute: asked }),
  fc.record({
    type: fc.constantFrom('equal' as const, 'atLeast' as const, 'atMost' as const),
    attribute: asked,
    value: word,
  }),
  fc.record({
    type: fc.constant('substrings' as const),
    attribute: asked,
    initial: fc.option(word),
    any: fc.array(word, { maxLength: 2 }),
    final: word,
  }),
);
const askable = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'askable' },
    item,
    fc.record({ type: fc.constant('not' as const), filter: tie('filter') }),
    fc.record({
      type: fc.constantFrom('and' as const, 'or' as const),
      filters: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }),
    }),
  ),
})).filter;
const object = fc.record({
  title: fc.option(fc.array(word, { minLength: 1, maxLength: 2 })),
  department: fc.array(word, { maxLength: 2 }),
  mail: fc.array(word, { maxLength: 2 }),
  company: fc.array(word, { maxLength: 1 }),
});

const plain = (text: unknown): string => String(text).replaceAll('É', 'e').toLowerCase();

/** The same by the letter of RFC 4511 4.5.1.7 and X.511 7.8: no short cuts, numbers 0, 1/2 and 1 for the truths. */
function reference(filter: Filter, of: Readonly<Record<string, readonly string[] | null>>): number {
  if ('filter' in filter) return 1 - reference(filter.filter, of);
  if ('filters' in filter) {
    const truths = filter.filters.map((part) => reference(part, of));
    return filter.type === 'and' ? Math.min(...truths) : Math.max(...truths);
  }
  const values = of[filter.attribute];
  if (values === null || values === undefined) return 0.5;
  const matches = values.map(plain).some((value) => {
    if (filter.type === 'present') return true;
    if (filter.type === 'substrings') {
      const parts = [filter.initial ?? '', ...filter.any, filter.final ?? ''].map(plain);
      return new RegExp(`^${parts.join('.*')}$`).test(value);
    }
    const want = plain(filter.value);
    return filter.type === 'atLeast' ? value >= want : filter.type === 'atMost' ? value <= want : value === want;
  });
  return matches ? 1 : 0;
}

test('any filter over any object says what the standard says', () => {
  fc.assert(
    fc.property(askable, object, (filter, of) => {
      const compilation = compileFilter(formatFilter(filter));
      if (!compilation.ok) throw new Error(compilation.fault.message);
      const truth = compilation.compiled.matches((name) => of[name as keyof typeof of]);
      expect(truth === undefined ? 0.5 : Number(truth)).toBe(reference(filter, of));
    }),
    { numRuns: 1000 },
  );
});

test('no filter throws, whatever it names and whatever the object holds', () => {
  fc.assert(
    fc.property(anyFilter, fc.array(anyText(10), { maxLength: 3 }), (filter, values) => {
      const compilation = compileParsed(filter);
      if (compilation.ok) expect([true, false, undefined]).toContain(compilation.compiled.matches(() => values));
      else expect(compilation.fault.message).not.toBe('');
    }),
  );
});
