import { ofCustomer, runsOfObject, viewUrl, VIEWS } from '../../workflows/views.ts';
import { DONE, Mistake, type ExitCode } from './mistake.ts';
import type { AddCommand } from './program.ts';
import type { Session } from './session.ts';

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

const HELP = `
The questions of a day as filters of the Temporal UI's list of workflows. Open a link, and keep it in the UI by "Save as New"; or paste
the filter where the UI, or temporal workflow list --query, asks for one. docs/temporal-ui.md shows what there is to see.

  itasca views
  itasca views --customer contoso
  itasca views --object 05a62766-1b63-4d78-b5d5-96efa0ec4b23     all runs of one source object, by its objectGUID`;

/** `itasca views` */
export const addViews: AddCommand = (program, run) => {
  program
    .command('views')
    .description('views to save in the Temporal UI: what waits, what is ending, what failed')
    .option('--customer <name>', 'only the runs of this customer')
    .option('--object <objectGUID>', 'all runs of one source object')
    .addHelpText('after', HELP)
    .action((given: Given) => {
      run((session) => Promise.resolve(views(session, given)));
    });
};

interface Given {
  readonly customer?: string;
  readonly object?: string;
}

function views({ out, settings }: Session, { customer, object }: Given): ExitCode {
  if (object !== undefined && !GUID.test(object))
    throw new Mistake(`"${object}" is no objectGUID: itasca object explain shows that of an object.`);
  const ui = settings.temporalUi;
  const namespace = settings.temporal?.namespace ?? 'default';
  const asked = object === undefined ? VIEWS : [runsOfObject(object.toLowerCase())];
  const shown = asked.map((view) => {
    const mine = customer === undefined ? view : ofCustomer(view, customer);
    return { ...mine, url: ui === undefined ? null : viewUrl(ui, namespace, mine) };
  });
  out.value({ views: shown });
  for (const { name, shows, query, url } of shown) {
    out.say(`${out.strong(name)}: ${shows}`);
    out.say(`  ${query}`);
    if (url !== null) out.say(`  ${url}`);
  }
  if (ui === undefined) out.say('Links to the Temporal UI come with temporalUi in the settings file.');
  return DONE;
}
