import { proxyActivities, upsertSearchAttributes } from '@temporalio/workflow';
import type { CheckActivities, CheckRequest } from '../activities/check-types.ts';
import type { CheckLine, CheckReport } from '../rules/preflight.ts';
import { showDetails } from './details.ts';
import { preflight } from './policies.ts';
import { searchAttributes } from './search-attributes.ts';

const activities = proxyActivities<CheckActivities>(preflight);

const STATUS = { passed: 'Completed', failed: 'Failed', incomplete: 'Completed' } as const;

/**
 * The preflight of a customer: has a worker, which has the passwords and reaches the forests, look whether all is there that its
 * configuration needs. Writes nothing. Started by `itasca check`; ends at once.
 */
export async function checkCustomer(request: CheckRequest): Promise<CheckReport> {
  upsertSearchAttributes([
    { key: searchAttributes.customer, value: request.customer },
    { key: searchAttributes.status, value: 'Running' },
  ]);
  showDetails('Looks at the domain controllers, the accounts and their rights, and all that the configuration names.');
  const report = await activities.checkCustomer(request);
  upsertSearchAttributes([{ key: searchAttributes.status, value: STATUS[report.standing] }]);
  showDetails(describe(report));
  return report;
}

function describe({ lines, configuration }: CheckReport): string {
  const trouble = lines.filter(({ state }) => state !== 'ok');
  const head = `Configuration ${String(configuration)}: ${String(lines.length - trouble.length)} of ${String(lines.length)} lines ok.`;
  if (trouble.length === 0) return head;
  const rows = trouble.map(
    (line) => `| ${[line.state, line.check, line.place, line.message, line.remedy ?? ''].map(cell).join(' | ')} |`,
  );
  return [head, '', '| state | what | where | found | remedy |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

/** What a server or a directory says ends neither a cell nor the table, and makes no link. */
function cell(text: CheckLine['message']): string {
  return text.replaceAll(/[|\\`*_[\]<>]/g, '\\$&').replaceAll(/\s+/g, ' ');
}
