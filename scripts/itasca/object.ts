import { explainObject, type Explanation } from '../../activities/explain-object.ts';
import { currentConfiguration } from '../../store/configurations.ts';
import { listErrorsOf } from '../../store/errors.ts';
import { errorCatalogue } from '../../rules/error-catalogue.ts';
import { DONE, Mistake, type ExitCode } from './mistake.ts';
import { theObject } from './named-object.ts';
import { span, type Output } from './output.ts';
import { positive } from './options.ts';
import type { AddCommand } from './program.ts';
import type { Session } from './session.ts';

const HAPPENINGS = 50;
const VALUE = 70;

const HELP = `
The object is named by objectGUID, SID, DN, mail address or userPrincipalName in the Customer Forest, or by objectGUID or DN of its managed object.

Shows what was read of it, whether it is in scope and which rule decided, each attribute that its managed object shall hold with the rule and the source value,
what the managed object holds, what the next cycle would write, its services, its errors, and what happened to it, in order: what changed of it in the Customer
Forest (attributes, from and to; of members and other references those that went and came, at most 20 a change), decisions, writes, services, operators. The rules are those of the cycle itself;
nothing is written.

  itasca object explain ada.lovelace@contoso.com
  itasca object explain "CN=Ada,OU=Staff,DC=contoso,DC=com" --json | jq .timeline`;

interface ExplainOptions {
  readonly customer?: string;
  readonly all?: boolean;
  readonly happenings: number;
}

/** `itasca object explain` */
export const addObject: AddCommand = (program, run) => {
  const object = program.command('object').description('what is known of one object, and why');
  object
    .command('explain <name>')
    .description('everything about one object: scope, attributes, services, errors, timeline')
    .option('--customer <name>', 'only objects of this customer')
    .option('--all', 'also the attributes that are as they shall be')
    .option('--happenings <number>', 'at most so many things that happened, the newest', positive, HAPPENINGS)
    .addHelpText('after', HELP)
    .action((name: string, options: ExplainOptions) => {
      run((session) => explain(session, name, options));
    });
};

async function explain(session: Session, name: string, options: ExplainOptions): Promise<ExitCode> {
  const { out, database } = session;
  const { customer, found } = await theObject(session, name, options.customer);
  const version = await currentConfiguration(database, customer);
  if (version === null) throw new Mistake(`${customer} has no configuration in force.`);
  const forest = { name: found.forest, id: found.forestId };
  const [explanation, errors] = await Promise.all([
    explainObject(database, version.configuration, forest, found.guid, options.happenings),
    listErrorsOf(database, found.forestId, found.guid),
  ]);
  if (explanation === null) throw new Mistake(`"${name}" is not staged any more.`);
  const remedied = errors.map((error) => ({ ...error, remedy: errorCatalogue[error.code].remedy }));
  out.value({ customer, forest: found.forest, ...explanation, errors: remedied });
  if (out.json) return DONE;
  showSource(out, customer, found.forest, explanation);
  showAttributes(out, explanation, options.all === true);
  for (const { service, state, workflowId, facts } of explanation.services)
    out.say(
      `Service ${service}: ${state}${workflowId === null ? '' : `, workflow ${workflowId}`}${facts === null ? '' : `, ${short(facts)}`}`,
    );
  for (const { code, details, otherDn, firstSeen, count, remedy } of remedied) {
    out.say(
      out.warning(
        `${code} for ${span(Date.now() - firstSeen.getTime())}, seen ${String(count)} times: ${details}${otherDn === null ? '' : ` (${otherDn})`}`,
      ),
    );
    out.say(`  ${remedy}`);
  }
  out.table(
    ['when', 'what', 'details', 'run'],
    explanation.timeline.map((happening) => [
      happening.at.toISOString().slice(0, 19),
      happening.what,
      happening.what === 'source' && (happening.before !== null || happening.after !== null)
        ? `${happening.details}: ${short(happening.before ?? 'absent')} -> ${short(happening.after ?? 'absent')}`
        : happening.details,
      happening.workflowId ?? '',
    ]),
  );
  return DONE;
}

function showSource(out: Output, customer: string, forest: string, explanation: Explanation): void {
  const { source, standing, evaluation, change } = explanation;
  const { identity } = standing;
  out.say(out.strong(source.dn));
  out.say(`${source.kind} of ${customer}/${forest}, objectGUID ${source.guid}`);
  out.say(
    source.gone
      ? `Gone from the Customer Forest since ${standing.tombstoneAt?.toISOString() ?? 'some time'}`
      : `Last seen ${standing.lastSeen.toISOString()}${standing.waits ? '; it changed since the rules last looked' : ''}`,
  );
  out.say(`${evaluation.inScope ? 'In scope' : 'Not in scope'}: ${evaluation.scopeRule}`);
  if (identity === null) out.say('It has no identity: nothing of it is in the Managed Forest.');
  else
    out.say(
      `Managed object: ${identity.managedDn ?? 'none yet'} (${identity.state}${identity.joinedBy === null ? '' : `, joined by ${identity.joinedBy}`}), identity ${identity.id}`,
    );
  if (change === null) out.say('The next cycle has nothing to write to it (references are planned by themselves).');
  else out.say(`The next cycle would ${change.operation} it: ${Object.keys(change.after).join(', ')} (${change.rule})`);
}

function showAttributes(out: Output, { attributes }: Explanation, all: boolean): void {
  const same = (one: readonly string[], other: readonly string[]): boolean =>
    [...one].sort().join('\0') === [...other].sort().join('\0');
  const shown = attributes.filter(({ wanted, managed }) => all || !same(wanted, managed));
  out.table(
    ['attribute', 'wanted', 'managed', 'from', 'rule'],
    shown.map(({ attribute, wanted, managed, from, rule }) => [
      attribute,
      short(wanted),
      short(managed),
      Object.keys(from).join(', '),
      rule,
    ]),
  );
  const rest = attributes.length - shown.length;
  if (rest > 0) out.say(`${String(rest)} attributes are as they shall be: --all shows them.`);
}

function short(value: unknown): string {
  const text = Array.isArray(value)
    ? value.map(String).join('; ')
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
  return text.length > VALUE ? `${text.slice(0, VALUE)}…` : text;
}
