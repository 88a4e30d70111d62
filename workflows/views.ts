/** A question of an operator's day, as a filter of the Temporal UI's list of workflows. */
export interface View {
  readonly name: string;
  readonly shows: string;
  /** In Temporal's list filter syntax. The names stand in backticks: without them the UI takes `Status` for a column of its own. */
  readonly query: string;
}

const RUNNING = '`ExecutionStatus`="Running"';

/** The views that an operator saves once, and then looks at daily. */
export const VIEWS: readonly View[] = [
  {
    name: 'Waiting for approval',
    shows: 'lists of changes, first plans, undos, migration maps and cases that wait for an answer',
    query: `\`Status\`="AwaitingApproval" AND ${RUNNING}`,
  },
  {
    name: 'Waiting for a correction',
    shows:
      'services that the Managed Forest refuses, and ends that an error or a litigation hold stops, with their code',
    query: `\`Status\`="AwaitingCorrection" AND ${RUNNING}`,
  },
  {
    name: 'Deprovisioning',
    shows: 'services that are ending, in their grace or retention time',
    query: `\`WorkflowType\`="deprovisionObject" AND ${RUNNING}`,
  },
  {
    name: 'Cycles under way',
    shows: 'what is being read and written now',
    query: `\`WorkflowType\`="syncCycle" AND ${RUNNING}`,
  },
  {
    name: 'Failed',
    shows: 'runs that ended with a failure, with its type and cause',
    query: '`ExecutionStatus`="Failed"',
  },
];

/** All runs that concern one object of a Customer Forest, by its objectGUID. */
export function runsOfObject(guid: string): View {
  return {
    name: 'Runs of one object',
    shows: `everything about the source object ${guid}`,
    query: `\`ObjectGuid\`="${guid}"`,
  };
}

/** A view of one customer's runs only. */
export function ofCustomer({ name, shows, query }: View, customer: string): View {
  return { name, shows, query: `${query} AND \`Customer\`="${customer}"` };
}

/** Where a view is in a Temporal UI. */
export function viewUrl(ui: string, namespace: string, { query }: View): string {
  return `${ui}/namespaces/${encodeURIComponent(namespace)}/workflows?query=${encodeURIComponent(query)}`;
}
