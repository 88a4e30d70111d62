import { isAlerting, type AlertSettings } from '../rules/alert-settings.ts';
import { alertsOf } from '../rules/alerts.ts';
import { alertFacts } from '../store/alert-facts.ts';
import {
  lockAlerts,
  openNotices,
  settleAlerts,
  tellNotice,
  tryAlerts,
  type Notice,
  type NoticeTarget,
} from '../store/alerts.ts';
import { currentConfiguration } from '../store/configurations.ts';
import type { AlertRequest, LookedAlerts } from './alert-types.ts';
import { callWebhook, WebhookMissing } from './call-webhook.ts';
import { ProgramMissing } from './drivers/choose-driver.ts';
import { ProgramFailed, runProgram } from './drivers/program.ts';
import type { Dependencies } from './dependencies.ts';
import { sendMail } from './send-mail.ts';

/** Looks what somebody should know of a customer now, and who is still to be told. */
export async function lookAtAlertsOf(
  { database }: Dependencies,
  { customer, trial }: AlertRequest,
  workflowRun: string,
): Promise<LookedAlerts> {
  const current = await currentConfiguration(database, customer);
  // It was erased, or is no customer any more.
  if (current === null) return { open: 0, notices: [] };
  const { alerts } = current.configuration;
  const targets = targetsOf(alerts);
  const open = await database.transaction(async (transaction) => {
    // Before it is looked: what was seen before another look would tell again what that has found to be over.
    await lockAlerts(transaction, customer);
    const now = isAlerting(alerts)
      ? alertsOf(await alertFacts(transaction, customer), Date.now()).filter(({ kind }) => alerts.kinds.includes(kind))
      : [];
    await settleAlerts(transaction, customer, now, targets);
    if (trial === true) await tryAlerts(transaction, customer, targets, workflowRun);
    return now.length;
  });
  return { open, notices: await openNotices(database, customer) };
}

/** Has it looked at once what somebody should know, where the customer's alerts go anywhere. */
export async function lookSoon(
  { database, workflows }: Pick<Dependencies, 'database' | 'workflows'>,
  customer: string,
): Promise<void> {
  const current = await currentConfiguration(database, customer);
  if (current !== null && isAlerting(current.configuration.alerts)) await workflows.lookAtAlerts(customer);
}

function targetsOf({ to, program, webhook }: AlertSettings): readonly NoticeTarget[] {
  return [
    ...to.map((target) => ({ way: 'mail', target }) as const),
    ...(program ? [{ way: 'program', target: '' } as const] : []),
    ...(webhook ? [{ way: 'webhook', target: '' } as const] : []),
  ];
}

/** Tells a notice, unless that was done. A killed attempt is followed by one with the same id. */
export async function tellAlertOf(dependencies: Dependencies, id: string): Promise<void> {
  await tellNotice(dependencies.database, id, (notice) => WAYS[notice.way](dependencies, notice));
}

const WAYS = { mail, program, webhook } as const;

async function mail(dependencies: Dependencies, { id, target, subject, text }: Notice): Promise<void> {
  await sendMail(dependencies, { id, to: target, subject: `Itasca: ${subject}`, text });
}

async function program(dependencies: Dependencies, notice: Notice): Promise<void> {
  const settings = dependencies.alerts?.program;
  if (settings === undefined)
    throw new ProgramMissing('The settings of the worker name no program for alerts. Set ITASCA_ALERT_COMMAND.');
  const { exitCode } = await runProgram(settings, JSON.stringify(documentOf(notice)));
  if (exitCode !== 0) throw new ProgramFailed(`The program for alerts ended with the exit code ${String(exitCode)}`);
}

async function webhook(dependencies: Dependencies, notice: Notice): Promise<void> {
  const url = dependencies.alerts?.webhook;
  if (url === undefined)
    throw new WebhookMissing('The settings of the worker name no webhook. Set ITASCA_ALERT_WEBHOOK.');
  await callWebhook(url, notice.id, documentOf(notice));
}

/** What programs get of an alert. */
function documentOf({ id, customer, kind, key, subject, text, madeAt }: Notice): Readonly<Record<string, string>> {
  return { id, customer, kind, key, subject, text, at: madeAt.toISOString() };
}
