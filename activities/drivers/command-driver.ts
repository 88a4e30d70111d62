import { z } from 'zod';
import type { DirectoryWriter } from '../../directory/writer.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import { directoryDriver } from './directory-driver.ts';
import type { ServiceDriver, ServiceStep, StepOutcome } from './driver.ts';
import type { Places } from './places.ts';
import { ProgramFailed, runProgram, type ProgramEnd, type ProgramSettings } from './program.ts';

/** What the program is told, as one line of JSON on its standard input. */
export const programInput = z.strictObject({
  version: z.literal(1),
  action: z.enum([
    'provision',
    'disconnect',
    'mailDisable',
    'remove',
    'inactivate',
    'giveBack',
    'convert',
    'enableVoice',
    'disableVoice',
  ]),
  service: z.enum(['mail', 'voice']),
  recipient: z.string(),
  /** objectGUID of the managed object. */
  managedObject: z.guid(),
  /** Name of the domain controller that holds what was written, and at which the program is to work. */
  domainController: z.string().min(1),
  /** Every attribute that the step decides, with its values; [] where it must be absent. */
  wanted: z.record(z.string(), z.array(z.string())),
});

/** What it may answer on its standard output: nothing, or one JSON object. */
const programOutput = z.strictObject({ details: z.string().max(300).optional() });

/** Exit codes that say what became of a step; 65 and 75 are EX_DATAERR and EX_TEMPFAIL of sysexits.h. */
export const EXIT = { done: 0, refuse: 65, retry: 75 } as const;

/** How long a step waits for its turn before it is tried again later, milliseconds. */
const WAIT_MS = 10_000;

/**
 * Writes the attributes of a service as the directory driver does, then has an operator's program complete the step, such
 * as by Exchange's Update-Recipient. What was written is taken back where the program refuses.
 *
 * @param places shared by all steps of the worker
 */
export function commandDriver(settings: ProgramSettings, places: Places, writer: DirectoryWriter): ServiceDriver {
  const directory = directoryDriver(writer);
  return {
    apply: async (step, change) => {
      // Before the attributes are written: with no place free, nothing is begun.
      const outcome = await places.take(WAIT_MS, async () => {
        const written = await directory.apply(step, change);
        if (written.outcome !== 'done') return written;
        const said = outcomeOf(await runProgram(settings, inputFor(step, writer.controller)));
        return said.outcome === 'refused' ? await takenBack(writer, step, change.before, said) : said;
      });
      return outcome ?? { outcome: 'retry', details: 'all places for the driver’s program were taken' };
    },
  };
}

function inputFor(step: ServiceStep, controller: string): string {
  const { action, service, recipient, managedGuid, wanted } = step;
  const input: z.input<typeof programInput> = {
    version: 1,
    action,
    service,
    recipient,
    managedObject: managedGuid,
    domainController: new URL(controller).hostname,
    wanted: Object.fromEntries(Object.entries(wanted).map(([name, values]) => [name, [...values]])),
  };
  return `${JSON.stringify(programInput.parse(input))}\n`;
}

/** @throws ProgramFailed when the program has not answered in the way that was agreed */
function outcomeOf({ exitCode, output, complaint }: ProgramEnd): StepOutcome {
  const details = detailsOf(output, complaint) ?? 'the program gave no details';
  switch (exitCode) {
    case EXIT.done:
      return { outcome: 'done' };
    case EXIT.retry:
      return { outcome: 'retry', details };
    case EXIT.refuse:
      return { outcome: 'refused', code: 'PE903', details };
    default:
      throw new ProgramFailed(`the driver's program ended with the exit code ${String(exitCode)}`, complaint);
  }
}

function detailsOf(output: string, complaint: string): string | undefined {
  if (output.trim() === '') return undefined;
  try {
    return programOutput.parse(JSON.parse(output)).details;
  } catch {
    // Without the cause: it would quote what the program wrote.
    throw new ProgramFailed("what the driver's program wrote is not the JSON object that was agreed", complaint);
  }
}

/** Puts the attributes back to what they were before the step, for it can not be completed. */
async function takenBack(
  writer: DirectoryWriter,
  { managedGuid }: ServiceStep,
  before: AttributeImage,
  refused: StepOutcome & { readonly outcome: 'refused' },
): Promise<StepOutcome> {
  const changes = Object.entries(before).map(
    ([attribute, values]) => ({ operation: 'replace', attribute, values }) as const,
  );
  const undone = changes.length === 0 || (await writer.modify({ guid: managedGuid }, changes)).ok;
  return undone ? refused : { ...refused, details: `${refused.details}; what was written could not be taken back` };
}
