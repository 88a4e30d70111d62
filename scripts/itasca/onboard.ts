import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { pilotSubject } from '../../rules/operator-statement.ts';
import { forestId } from '../../store/forests.ts';
import { planOnboarding } from '../../store/onboarding.ts';
import { onboardingReport } from '../../store/onboarding-report.ts';
import { onboardingId } from '../../workflows/ids.ts';
import {
  approvePilotUpdate,
  onboardingQuery,
  pauseOnboardingUpdate,
  rateUpdate,
  resumeOnboardingUpdate,
  stopOnboardingUpdate,
  type OnboardingProgress,
} from '../../workflows/messages.ts';
import type { onboardCustomer } from '../../workflows/onboard-customer.ts';
import { DONE, FAILED, Mistake, NEEDS_A_PERSON, type ExitCode } from './mistake.ts';
import { handleOf, isRunning, running, type OnboardingHandle } from './onboarding-client.ts';
import { attention, progressLines, showReport, showWaves } from './onboarding-view.ts';
import { readWaves } from './onboarding-waves.ts';
import { positive } from './options.ts';
import type { AddCommand } from './program.ts';
import { forestOf, operatorOf, type Session } from './session.ts';
import { answerBy, KEY_OPTION, OPERATOR_OPTION, type Answering } from './signing.ts';

const WATCH_EVERY_MS = 1_000;
const LISTED = 100;

const HELP = `
Brings the objects of a forest in by waves. From its start everybody waits who has no managed object yet; a wave admits its objects by pages, no
faster than the rate, and the cycles of the forest write them. The first of several waves is a pilot: when it is through, the rest waits for
"itasca onboard approve". Who is in is synchronized as always. A page for operators: docs/onboarding.md

  itasca onboard start --waves waves.yaml --rate 600 --watch
  itasca onboard rate 60
  itasca onboard report --json | jq .left`;

const START_HELP = `
The waves are in a YAML file, in order; an object comes with the first wave that takes it, and a last wave with nothing but a name takes everybody
that is left. Without a file everybody comes in one wave, without a pilot.

  waves:
    - { name: pilot, under: ['OU=IT,DC=contoso,DC=com'], objects: [ann@contoso.com] }
    - { name: sales, filter: '(department=Sales)' }
    - { name: rest }

A preflight comes first (itasca check); where a line of it fails the onboarding pauses, and looks again when it is resumed.`;

const STEER = {
  pause: { about: 'admit nobody more; cycles go on', update: pauseOnboardingUpdate },
  resume: { about: 'go on; who is in error now does not count again', update: resumeOnboardingUpdate },
  stop: { about: 'end it: who is in stays in, who waits goes on waiting', update: stopOnboardingUpdate },
} as const;

interface Options extends Answering {
  readonly customer?: string;
}

interface StartOptions extends Options {
  readonly forest?: string;
  readonly waves?: string;
  readonly rate?: number;
  readonly page?: number;
  readonly window?: number;
  readonly budget?: number;
  readonly check: boolean;
  readonly watch?: boolean;
}

/** `itasca onboard start | status | pause | resume | approve | rate | stop | report` */
export const addOnboard: AddCommand = (program, run) => {
  const onboard = program
    .command('onboard')
    .description("bring a customer's objects in by waves")
    .addHelpText('after', HELP);
  const customer = ['--customer <name>', 'the customer, where there are several'] as const;
  onboard
    .command('start')
    .description('begin to bring them in')
    .option(...customer)
    .option('--forest <name>', 'the forest, where the customer has several')
    .option('--waves <file>', 'the waves; without it everybody comes in one')
    .option('--rate <number>', 'objects admitted in a minute, at most (600)', positive)
    .option('--page <number>', 'objects admitted at once (100)', positive)
    .option('--window <number>', 'objects admitted and not yet through, at most (1000)', positive)
    .option('--budget <percent>', 'pause over so many percent in error (5)', positive)
    .option('--no-check', 'without a preflight')
    .option('--operator <name>', 'your name')
    .option('--watch', 'show how it goes')
    .addHelpText('after', START_HELP)
    .action((options: StartOptions) => {
      run((session) => start(session, options));
    });
  onboard
    .command('status')
    .description('how far it is; ends with 2 when it is paused or waits for an approval')
    .option(...customer)
    .option('--watch', 'show how it goes until it ends or needs you')
    .action(({ customer: named, watch }: Options & { watch?: boolean }) => {
      run((session) => status(session, named, watch === true));
    });
  for (const [name, { about }] of Object.entries(STEER))
    onboard
      .command(name)
      .description(about)
      .option(...customer)
      .option('--operator <name>', 'your name')
      .action((options: Options) => {
        run((session) => steer(session, name as keyof typeof STEER, options));
      });
  onboard
    .command('approve')
    .description('have the waves after the pilot come in; ends with 2 when another operator has to approve, too')
    .option(...customer)
    .option(...OPERATOR_OPTION)
    .option(...KEY_OPTION)
    .action((options: Options) => {
      run((session) => approve(session, options));
    });
  onboard
    .command('rate <number>')
    .description('objects admitted in a minute, at most, from now on')
    .option(...customer)
    .option('--operator <name>', 'your name')
    .action((number: string, options: Options) => {
      run(async (session) => {
        const operator = operatorOf(session, options.operator);
        const { name, handle } = await handleOf(session, options.customer);
        const rate = /^[1-9]\d{0,6}$/.test(number) ? Number(number) : 0;
        if (rate === 0) throw new Mistake(`"${number}" is no rate: a whole number of objects a minute.`);
        return said(
          session,
          name,
          await running(name, handle.executeUpdate(rateUpdate, { args: [{ operator, rate }] })),
        );
      });
    });
  onboard
    .command('report [number]')
    .description('who was brought in, in which time, and what is left; of the last one without a number')
    .option(...customer)
    .option('--limit <number>', 'name at most so many objects that are not through', positive, LISTED)
    .action((number: string | undefined, { customer: named, limit }: Options & { limit: number }) => {
      run((session) => report(session, named, number, limit));
    });
};

async function start(session: Session, options: StartOptions): Promise<ExitCode> {
  const { database, out, settings } = session;
  const configuration = await session.configuration(options.customer);
  const { customer } = configuration;
  await session.requireServed(customer);
  const forest = forestOf(configuration, options.forest);
  const operator = operatorOf(session, options.operator);
  const { waves: file, rate, page: pageSize, window, budget } = options;
  const waves = file === undefined ? [{ name: 'everybody' }] : await readWaves(database, configuration, forest, file);
  const { handle } = await handleOf(session, customer);
  if (await isRunning(handle)) throw alreadyRuns(customer);
  const source = await forestId(database, { side: 'source', customer, name: forest });
  const plan = await planOnboarding(database, source, waves, operator);
  const client = await session.temporal();
  const limits = Object.fromEntries(
    Object.entries({ rate, pageSize, window, budget }).filter(([, value]) => value !== undefined),
  );
  await client.workflow
    .start<typeof onboardCustomer>('onboardCustomer', {
      args: [{ customer, forest, plan, operator, ...limits, check: options.check }],
      taskQueue: settings.taskQueue,
      workflowId: onboardingId(customer),
      staticSummary: `Onboarding ${plan} of ${customer}/${forest}`,
    })
    .catch((error: unknown) => {
      throw error instanceof WorkflowExecutionAlreadyStartedError ? alreadyRuns(customer) : error;
    });
  out.say(`Onboarding ${plan} of ${customer}/${forest} has begun: ${waves.map(({ name }) => name).join(', ')}.`);
  if (options.watch === true) return watch(session, customer, handle);
  out.value({
    customer,
    forest,
    onboarding: plan,
    workflowId: handle.workflowId,
    waves: waves.map(({ name }) => name),
  });
  out.say('How far it is: itasca onboard status --watch');
  return DONE;
}

function alreadyRuns(customer: string): Mistake {
  return new Mistake(
    `An onboarding of ${customer} runs already: there is one at a time. itasca onboard status shows it, itasca onboard stop ends it.`,
  );
}

async function steer(session: Session, action: keyof typeof STEER, options: Options): Promise<ExitCode> {
  const operator = operatorOf(session, options.operator);
  const { name, handle } = await handleOf(session, options.customer);
  return said(session, name, await running(name, handle.executeUpdate(STEER[action].update, { args: [{ operator }] })));
}

async function approve(session: Session, { customer, ...who }: Options): Promise<ExitCode> {
  const { name, handle } = await handleOf(session, customer);
  const { onboarding } = await running(name, handle.query(onboardingQuery));
  const subject = pilotSubject(onboarding ?? '');
  const workflowId = onboardingId(name);
  const answer = await answerBy(session, who, { customer: name, action: 'approve', workflowId, subject });
  const text = await running(name, handle.executeUpdate(approvePilotUpdate, { args: [answer] }));
  const { waitsForApproval } = await running(name, handle.query(onboardingQuery));
  said(session, name, text);
  return waitsForApproval ? NEEDS_A_PERSON : DONE;
}

function said({ out }: Session, customer: string, text: string): ExitCode {
  out.value({ customer, said: text });
  out.say(text);
  return DONE;
}

async function status(session: Session, named: string | undefined, isWatched: boolean): Promise<ExitCode> {
  const { out, database } = session;
  const { name, handle } = await handleOf(session, named);
  if (!(await isRunning(handle))) {
    const last = await onboardingReport(database, name, null, LISTED);
    if (last === null) throw new Mistake(`${name} has had no onboarding.`);
    out.value({ running: false, ...last });
    showReport(out, last);
    if (last.state !== 'running') return DONE;
    out.say(out.warning('Its workflow does not run any more: begin another one, which goes on with who waits.'));
    return FAILED;
  }
  if (isWatched) return watch(session, name, handle);
  const progress = await handle.query(onboardingQuery);
  out.value({ running: true, customer: name, ...progress });
  const [line = ''] = progressLines(progress);
  out.say(`Onboarding ${progress.onboarding ?? ''} of ${name}: ${line}`);
  showWaves(out, progress.waves);
  for (const one of attention(progress)) out.say(out.warning(one));
  return attention(progress).length > 0 ? NEEDS_A_PERSON : DONE;
}

/** Shows how it goes until it ends or needs a person. */
async function watch(session: Session, customer: string, handle: OnboardingHandle): Promise<ExitCode> {
  const { out, database } = session;
  while (await isRunning(handle)) {
    const progress: OnboardingProgress = await handle.query(onboardingQuery);
    out.live(progressLines(progress));
    if (attention(progress).length > 0) {
      out.value({ running: true, customer, ...progress });
      return NEEDS_A_PERSON;
    }
    await sleep(WATCH_EVERY_MS);
  }
  const result = await handle.result();
  if (result.outcome === 'refused') throw new Mistake(`The onboarding was refused: ${result.reason ?? ''}.`);
  const last = await onboardingReport(database, customer, result.onboarding ?? null, LISTED);
  if (last === null) throw new Mistake(`${customer} has had no onboarding.`);
  out.value({ running: false, ...last });
  showReport(out, last);
  return DONE;
}

async function report(
  session: Session,
  named: string | undefined,
  number: string | undefined,
  limit: number,
): Promise<ExitCode> {
  const { out, database } = session;
  const { customer } = await session.configuration(named);
  if (number !== undefined && !/^[1-9]\d{0,17}$/.test(number))
    throw new Mistake(`"${number}" is no number of an onboarding: itasca onboard start tells it.`);
  const found = await onboardingReport(database, customer, number ?? null, limit);
  if (found === null)
    throw new Mistake(
      number === undefined ? `${customer} has had no onboarding.` : `${customer} has had no onboarding ${number}.`,
    );
  out.value(found);
  showReport(out, found);
  return DONE;
}
