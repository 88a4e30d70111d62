import type { DirectoryWriter } from '../../directory/writer.ts';
import type { ServiceDriver } from './driver.ts';

/** Writes the attributes of a service itself, in one modify, as FIM did. */
export function directoryDriver(writer: DirectoryWriter): ServiceDriver {
  return {
    apply: async ({ managedGuid }, { unwritten }) => {
      const changes = Object.entries(unwritten).map(
        ([attribute, values]) => ({ operation: 'replace', attribute, values }) as const,
      );
      if (changes.length === 0) return { outcome: 'done' };
      const written = await writer.modify({ guid: managedGuid }, changes);
      return written.ok
        ? { outcome: 'done' }
        : { outcome: 'refused', code: 'PE901', details: `${String(written.code)}: ${written.message}` };
    },
  };
}
