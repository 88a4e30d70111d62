import { errorCatalogue, type ErrorCode } from '../../rules/error-catalogue.ts';
import { countErrors, listErrors } from '../../store/errors.ts';
import { forestId } from '../../store/forests.ts';
import { DONE, Mistake, type ExitCode } from './mistake.ts';
import { span } from './output.ts';
import { positive } from './options.ts';
import type { AddCommand } from './program.ts';
import { forestOf, type Session } from './session.ts';

interface ListOptions {
  readonly customer?: string;
  readonly forest?: string;
  readonly code?: string;
  readonly limit: number;
}

const SHOWN = 100;

/** `itasca errors list` and `itasca errors show` */
export const addErrors: AddCommand = (program, run) => {
  const errors = program.command('errors').description('objects in a bad state, and what their codes mean');
  errors
    .command('list', { isDefault: true })
    .description('the objects in error of a forest, by code')
    .option('--customer <name>', 'the customer, where there are several')
    .option('--forest <name>', 'the forest, where the customer has several')
    .option('--code <code>', 'only this code, such as SE303')
    .option('--limit <number>', 'at most so many', positive, SHOWN)
    .action((options: ListOptions) => {
      run((session) => list(session, options));
    });
  errors
    .command('show <code>')
    .description('what a code means: condition, impact and remedy')
    .action((code: string) => {
      run((session) => Promise.resolve(show(session, code)));
    });
};

async function list(session: Session, { customer, forest, code, limit }: ListOptions): Promise<ExitCode> {
  const { database, out } = session;
  const wanted = code === undefined ? undefined : codeOf(code);
  const configuration = await session.configuration(customer);
  const name = forestOf(configuration, forest);
  const id = await forestId(database, { side: 'source', customer: configuration.customer, name });
  const [counts, errors] = await Promise.all([countErrors(database, id), listErrors(database, id, limit, wanted)]);
  const mine = counts.filter((count) => wanted === undefined || count.code === wanted);
  out.value({
    customer: configuration.customer,
    forest: name,
    counts: mine,
    errors: errors.map((error) => ({ ...error, remedy: errorCatalogue[error.code].remedy })),
  });
  out.table(
    ['code', 'object', 'what', 'since', 'remedy'],
    errors.map((error) => [
      error.code,
      error.dn,
      `${error.details}${error.otherDn === null ? '' : ` (${error.otherDn})`}`,
      span(Date.now() - error.firstSeen.getTime()),
      errorCatalogue[error.code].remedy,
    ]),
  );
  const objects = mine.reduce((sum, count) => sum + count.objects, 0);
  out.say(
    objects === 0
      ? `No object of ${configuration.customer}/${name} is in error${wanted === undefined ? '' : ` ${wanted}`}.`
      : `${mine.map((count) => `${count.code} ${String(count.objects)}`).join(', ')}. What a code means: itasca errors show ${mine[0]?.code ?? ''}`,
  );
  if (errors.length === limit) out.say(`Only the first ${String(limit)} are shown: --limit shows more.`);
  return DONE;
}

function show({ out }: Session, given: string): ExitCode {
  const code = codeOf(given);
  const { title, condition, impact, remedy, kinds } = errorCatalogue[code];
  out.value({ code, title, kinds, condition, impact, remedy });
  out.say(out.strong(`${code}: ${title}`));
  out.say(`Objects:   ${kinds.join(', ')}`);
  out.say(`Condition: ${condition}`);
  out.say(`Impact:    ${impact}`);
  out.say(`Remedy:    ${remedy}`);
  return DONE;
}

function codeOf(text: string): ErrorCode {
  const code = text.toUpperCase();
  const known = Object.keys(errorCatalogue) as readonly ErrorCode[];
  const found = known.find((one) => one === code);
  if (found === undefined)
    throw new Mistake(`There is no code "${text}". docs/errors.md lists them: ${known.join(', ')}.`);
  return found;
}
