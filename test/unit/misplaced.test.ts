import { isWithinDomain } from '../../rules/dn.ts';
import { misplacementError, misplacementOf } from '../../rules/misplaced.ts';
import { compileScope, decideScope } from '../../rules/scope.ts';

const CONFLICT = 'Ann\\0ACNF:11111111-2222-4333-8444-555555555555';

// Shows: Scope / replication conflict objects and lost and found are never in scope (none)
test.each([
  [`CN=${CONFLICT},OU=People,DC=corp,DC=test`, 'replication conflict object'],
  [`CN=Ann,OU=${CONFLICT},DC=corp,DC=test`, null],
  ['CN=Ann,CN=LostAndFound,DC=corp,DC=test', 'in lost and found'],
  ['CN=Ann,OU=Old,CN=LostAndFound,DC=corp,DC=test', 'in lost and found'],
  ['CN=Ann,OU=LostAndFound,DC=corp,DC=test', null],
  ['CN=Ann,CN=LostAndFound,OU=People,DC=corp,DC=test', null],
  ['CN=LostAndFound,OU=People,DC=corp,DC=test', null],
  ['CN=Ann CNF:11111111-2222-4333-8444-555555555555,OU=People,DC=corp,DC=test', null],
  ['CN=Ann,OU=People,DC=corp,DC=test', null],
])('%s', (dn, expected) => {
  expect(misplacementOf(dn)).toBe(expected);
  const scope = compileScope({ include: ['DC=corp,DC=test'], exclude: [] });
  const object = { guid: '', kind: 'user' as const, dn, attributes: { mail: ['ann@contoso.test'] } };
  const decision = decideScope(object, scope);
  expect(decision.inScope).toBe(expected === null);
  if (expected !== null) expect(decision.rule).toBe(expected);
});

test('the two are told apart for the operator', () => {
  expect(misplacementError('replication conflict object').code).toBe('SE801');
  expect(misplacementError('in lost and found').code).toBe('SE802');
});

// Shows: Scope / per domain: a domain that is included does not include its child domains (none)
test('a child domain is not in its parent, though its name ends like the other', () => {
  const parent = 'DC=corp,DC=test';
  expect(isWithinDomain('CN=Ann,OU=People,DC=corp,DC=test', parent)).toBe(true);
  expect(isWithinDomain(parent, parent)).toBe(true);
  expect(isWithinDomain('CN=Ann,OU=People,DC=emea,DC=corp,DC=test', parent)).toBe(false);
  expect(isWithinDomain('CN=Ann,OU=People,DC=emea,DC=corp,DC=test', 'OU=People,DC=emea,DC=corp,DC=test')).toBe(true);
  const object = {
    guid: '',
    kind: 'user' as const,
    dn: 'CN=Ann,OU=People,DC=emea,DC=corp,DC=test',
    attributes: { mail: ['ann@contoso.test'] },
  };
  expect(decideScope(object, compileScope({ include: [parent], exclude: [] })).inScope).toBe(false);
  expect(decideScope(object, compileScope({ include: [parent, `DC=emea,${parent}`], exclude: [] })).inScope).toBe(true);
});
