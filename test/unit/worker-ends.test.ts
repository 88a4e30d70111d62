import { execFile } from 'node:child_process';
import { join } from 'node:path';

const program = join(import.meta.dirname, '..', '..', 'worker', 'main.ts');

/** Starts a worker that can not come up. @returns what it says */
function started(variables: Readonly<Record<string, string>>): Promise<{ code: unknown; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program], { env: variables }, (error, _out, said) => {
      resolve({ code: error?.code, said });
    });
  });
}

// Shows: Mistakes / a worker that can not come up says why in a sentence, and what to look at (none)
test('a worker without a database ends with a sentence and no trace', async () => {
  const { code, said } = await started({ DATABASE_URL: 'postgres://x@127.0.0.1:1/x' });
  expect(code).toBe(1);
  expect(said).toMatch(
    /^The worker ended: the database does not let itself be reached: .*127\.0\.0\.1:1.*DATABASE_URL\.\n$/,
  );
});
