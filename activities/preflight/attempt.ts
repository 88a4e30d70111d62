import { DirectoryRefused } from '../../directory/errors.ts';
import { linesAbout, type CheckLine, type CheckName } from '../../rules/preflight.ts';
import { reasonOf } from './controllers.ts';

/** Makes the lines of one check; where the domain controller does not let it be asked, the line says so, and the others go on. */
export async function attempt(
  place: string,
  check: CheckName,
  work: () => Promise<CheckLine | readonly CheckLine[]>,
): Promise<readonly CheckLine[]> {
  try {
    return [await work()].flat();
  } catch (error) {
    if (!(error instanceof DirectoryRefused)) throw error;
    return [
      linesAbout(place).notChecked(check, reasonOf(error), 'Give the account the right to read it, or look by hand.'),
    ];
  }
}
