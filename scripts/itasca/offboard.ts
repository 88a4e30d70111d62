import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { milliseconds } from '../../rules/configuration.ts';
import { offboardingSubject } from '../../rules/operator-statement.ts';
import { lastOffboarding, managedObjects, openWork, type OffboardingWay } from '../../store/offboarding.ts';
import { leftOver, offboardingEvents } from '../../store/offboarding-waves.ts';
import { offboardingId } from '../../workflows/ids.ts';
import {
  approveOffboardingUpdate,
  offboardingQuery,
  pauseOffboardingUpdate,
  resumeOffboardingUpdate,
  stopOffboardingUpdate,
} from '../../workflows/messages.ts';
import { confirmed } from './confirmed.ts';
import { DONE, FAILED, Mistake, NEEDS_A_PERSON, type ExitCode } from './mistake.ts';
import { handleOf, isRunning, running, startOffboarding, type OffboardingHandle } from './offboarding-client.ts';
import { attention, offboardingLines, showFound, showOffboarding } from './offboarding-view.ts';
import { positive } from './options.ts';
import type { AddCommand } from './program.ts';
import { operatorOf, type Session } from './session.ts';
import { answerBy, KEY_OPTION, OPERATOR_OPTION, type Answering } from './signing.ts';

const WATCH_EVERY_MS = 1_000;
const OPENS_EVERY_MS = 100;
/** Objects that a report names. */
const LISTED = 100;

const HELP = `
Ends the service of a customer, in one of two ways. Shows first what there is, and does nothing without --yes or your word on the terminal.

--leave leaves the managed objects as they are. No cycle of the customer begins any more; one that writes is waited for; what waits (lists of
changes, cases, corrections, a bulk onboarding) is ended, and the clocks of services that end are stopped. The Schedules of its cycles, report,
cleaning and alerts are taken away. Its objects keep their anchors, so that no other customer's join takes them, and its domains stay its own.

--deprovision has all objects leave the scope by waves, as if they had left the included organizational units: their services end as
the configuration says, with its grace and retention times, and can be given back until then. Nobody leaves before "itasca offboard approve". The
cycles go on and write; what passes a limit of the guard waits for an answer as always. When the services of all have ended, no cycle begins any more.

"itasca config apply" of the customer brings it back: everything goes on from there. A page for operators: docs/offboarding.md

  itasca offboard contoso --leave
  itasca offboard contoso --deprovision --wave 200 --pause 1h --yes
  itasca offboard status contoso --watch`;

const STEER = {
  pause: { about: 'take nobody more out of service; cycles go on', update: pauseOffboardingUpdate },
  resume: { about: 'go on with the waves', update: resumeOffboardingUpdate },
  stop: { about: 'end it: who has left stays out, everybody else stays in service', update: stopOffboardingUpdate },
} as const;

interface Options {
  readonly leave?: boolean;
  readonly deprovision?: boolean;
  readonly wave?: number;
  readonly pause?: number;
  readonly yes?: boolean;
  readonly operator?: string;
  readonly watch?: boolean;
}

/**
 * `itasca offboard`, `offboard status | approve | pause | resume | stop`. What these share with `offboard` itself, that one takes from the line: they look for it there.
 */
export const addOffboard: AddCommand = (program, run) => {
  const customerArgument = ['[customer]', 'the customer, where there are several'] as const;
  const offboard = program
    .command('offboard')
    .description('end the service of a customer')
    .argument('<customer>', 'the customer')
    .option('--leave', 'leave its managed objects as they are')
    .option('--deprovision', 'have its objects leave by waves, and their services end')
    .option('--wave <number>', 'objects of a wave, at most (100)', positive)
    .option('--pause <duration>', 'between the end of a wave and the next one: 30m, 12h (none)', duration)
    .option('--yes', 'do it without being asked')
    .option(...OPERATOR_OPTION)
    .option('--watch', 'show how it goes')
    .addHelpText('after', HELP)
    .action((customer: string, options: Options) => {
      run((session) => begin(session, customer, options));
    });
  offboard
    .command('status')
    .description('how far it is, or how it ended; ends with 2 when it is paused or waits for you')
    .argument(...customerArgument)
    .option('--watch', 'show how it goes until it ends or needs you')
    .action((customer: string | undefined, _own: unknown, command: Command) => {
      const { watch } = command.optsWithGlobals<Options>();
      run((session) => status(session, customer, watch === true));
    });
  offboard
    .command('approve')
    .description('have the first wave begin, and those after it; ends with 2 when another operator has to approve, too')
    .argument(...customerArgument)
    .option(...OPERATOR_OPTION)
    .option(...KEY_OPTION)
    .action((customer: string | undefined, _own: unknown, command: Command) => {
      run((session) => approve(session, customer, command.optsWithGlobals<Answering>()));
    });
  for (const [name, { about }] of Object.entries(STEER))
    offboard
      .command(name)
      .description(about)
      .argument(...customerArgument)
      .option(...OPERATOR_OPTION)
      .action((customer: string | undefined, _own: unknown, command: Command) => {
        const { operator } = command.optsWithGlobals<Options>();
        run((session) => steer(session, name as keyof typeof STEER, customer, operator));
      });
};

function duration(text: string): number {
  if (!/^[1-9]\d{0,6}(?:s|m|h|d)$/.test(text))
    throw new InvalidArgumentError('It wants a duration with its unit: 30s, 15m, 12h or 7d.');
  return milliseconds(text);
}

async function begin(session: Session, named: string, options: Options): Promise<ExitCode> {
  const { database, out } = session;
  const { customer } = await session.configuration(named);
  const way = wayOf(options);
  const last = await lastOffboarding(database, customer);
  if (last !== null && last.liftedAt === null && last.state === 'completed')
    throw new Mistake(
      `${customer} is offboarded already. itasca offboard status ${customer} shows it, itasca config apply brings it back.`,
    );
  const found = { objects: await managedObjects(database, customer), open: await openWork(database, customer) };
  showFound(out, customer, way, found);
  if (options.yes !== true && !(await confirmed(`Offboard ${customer}? Type its name to go on: `, customer))) {
    out.value({ customer, way, done: false, ...found });
    out.say('Nothing was done. Say --yes to do it.');
    return NEEDS_A_PERSON;
  }
  const operator = operatorOf(session, options.operator);
  const handle = await startOffboarding(session, {
    ...{ customer, way, operator },
    ...(options.wave === undefined ? {} : { waveSize: options.wave }),
    ...(options.pause === undefined ? {} : { pause: options.pause }),
  });
  out.say(`Offboarding of ${customer} has begun: ${handle.workflowId}.`);
  if (way === 'leave' || options.watch === true) return watch(session, customer, handle);
  out.value({ customer, way, begun: true, workflowId: handle.workflowId });
  out.say(`Nobody has left yet: itasca offboard approve ${customer} has the first wave begin.`);
  return NEEDS_A_PERSON;
}

/** @throws Mistake where no way was chosen, or both, or one with options of the other */
function wayOf({ leave, deprovision, wave, pause }: Options): OffboardingWay {
  if ((leave === true) === (deprovision === true))
    throw new Mistake(
      'Say how: --leave leaves the managed objects as they are, --deprovision has them leave by waves and their services end.',
    );
  if (leave === true && (wave !== undefined || pause !== undefined))
    throw new Mistake('There are no waves with --leave: leave out --wave and --pause.');
  return leave === true ? 'leave' : 'deprovision';
}

async function steer(
  session: Session,
  action: keyof typeof STEER,
  named: string | undefined,
  operator: string | undefined,
): Promise<ExitCode> {
  const who = { operator: operatorOf(session, operator) };
  const { customer, handle } = await handleOf(session, named);
  return said(session, customer, await running(customer, handle.executeUpdate(STEER[action].update, { args: [who] })));
}

async function approve(session: Session, named: string | undefined, who: Answering): Promise<ExitCode> {
  const { customer, handle } = await handleOf(session, named);
  let progress = await running(customer, handle.query(offboardingQuery));
  for (; progress.stage === 'opening'; progress = await running(customer, handle.query(offboardingQuery)))
    await sleep(OPENS_EVERY_MS);
  const subject = offboardingSubject(progress.offboarding ?? '');
  const workflowId = offboardingId(customer);
  const answer = await answerBy(session, who, { customer, action: 'approve', workflowId, subject });
  const text = await running(customer, handle.executeUpdate(approveOffboardingUpdate, { args: [answer] }));
  const { stage } = await running(customer, handle.query(offboardingQuery));
  said(session, customer, text);
  return stage === 'waiting for approval' ? NEEDS_A_PERSON : DONE;
}

function said({ out }: Session, customer: string, text: string): ExitCode {
  out.value({ customer, said: text });
  out.say(text);
  return DONE;
}

async function status(session: Session, named: string | undefined, isWatched: boolean): Promise<ExitCode> {
  const { out } = session;
  const { customer, handle } = await handleOf(session, named);
  if (!(await isRunning(handle))) return ended(session, customer);
  if (isWatched) return watch(session, customer, handle);
  const progress = await handle.query(offboardingQuery);
  out.value({ running: true, customer, ...progress });
  for (const line of offboardingLines(progress)) out.say(line);
  return attention(progress).length > 0 ? NEEDS_A_PERSON : DONE;
}

/** Shows how it goes until it ends or needs a person. */
async function watch(session: Session, customer: string, handle: OffboardingHandle): Promise<ExitCode> {
  const { out } = session;
  while (await isRunning(handle)) {
    const progress = await handle.query(offboardingQuery);
    out.live(offboardingLines(progress));
    if (attention(progress).length > 0) {
      out.value({ running: true, customer, ...progress });
      return NEEDS_A_PERSON;
    }
    await sleep(WATCH_EVERY_MS);
  }
  const result = await handle.result();
  if (result.outcome === 'refused') throw new Mistake(`The offboarding was refused: ${result.reason ?? ''}.`);
  return ended(session, customer);
}

async function ended({ database, out }: Session, customer: string): Promise<ExitCode> {
  const last = await lastOffboarding(database, customer);
  if (last === null) throw new Mistake(`${customer} was never offboarded.`);
  const events = await offboardingEvents(database, last.id);
  const left = last.way === 'deprovision' ? await leftOver(database, customer, LISTED) : [];
  out.value({ running: false, ...last, events, left });
  showOffboarding(out, last, events, left);
  if (last.state !== 'running') return DONE;
  out.say(out.warning('Its workflow does not run any more: begin it again, it goes on where it was.'));
  return FAILED;
}
