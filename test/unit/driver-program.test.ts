import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Places } from '../../activities/drivers/places.ts';
import { ProgramFailed, runProgram, type ProgramSettings } from '../../activities/drivers/program.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'itasca-test-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** A program that is these lines of shell. */
function lines(script: string, more: Partial<ProgramSettings> = {}): ProgramSettings {
  return {
    program: '/bin/sh',
    arguments: ['-c', script],
    folder,
    variables: {},
    timeLimitMs: 20_000,
    atOnce: 1,
    ...more,
  };
}

function failed(settings: ProgramSettings): Promise<ProgramFailed> {
  return runProgram(settings, 'a line\n').then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => {
      if (error instanceof ProgramFailed) return error;
      throw error;
    },
  );
}

/** Whether a process that wrote its number to a file still runs; a zombie does not. */
async function runs(pidFile: string): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${(await readFile(pidFile, 'utf8')).trim()}/stat`, 'utf8');
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
}

async function ended(pidFile: string): Promise<void> {
  while (await runs(pidFile)) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('it gets its input on standard input, and its exit code, output and complaint are told', async () => {
  const end = await runProgram(lines('read line; echo "got $line"; echo woe >&2; exit 65'), 'a line\n');
  expect(end).toEqual({ exitCode: 65, output: 'got a line\n', complaint: 'woe\n' });
});

test('it need not read its input, however long that is', async () => {
  expect(await runProgram(lines('exit 0'), 'x'.repeat(1024 * 1024))).toMatchObject({ exitCode: 0 });
});

// Shows: Drivers / the command driver never uses a shell string (none)
test('its arguments reach it as they are: no shell looks at them', async () => {
  const odd = ['$(touch made)', '; touch made', '*', '\'"`'];
  const { output } = await runProgram({ ...lines(''), program: '/usr/bin/printf', arguments: ['%s\\n', ...odd] }, '');
  expect(output).toBe(`${odd.join('\n')}\n`);
});

// Shows: Drivers / the command driver has a clean environment (none)
test('its environment holds nothing of the worker’s but what was named', async () => {
  process.env['ITASCA_TEST_SECRET'] = 'secret';
  try {
    const { output } = await runProgram(
      { ...lines(''), program: '/usr/bin/env', arguments: [], variables: { KRB5_CONFIG: '/etc/krb5.conf' } },
      '',
    );
    const names = output
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.sort()).toEqual(['HOME', 'KRB5_CONFIG', 'LANG', 'PATH', 'TMPDIR']);
  } finally {
    delete process.env['ITASCA_TEST_SECRET'];
  }
});

// Shows: Drivers / the command driver has its own working folder (none)
test('it works in an empty folder of its own, which is gone afterwards', async () => {
  const { output } = await runProgram(lines('ls -A; pwd; stat -c %a .; echo "$HOME"; touch left'), '');
  const [where, mode, home] = output.trim().split('\n');
  expect(where?.startsWith(folder)).toBe(true);
  expect(mode).toBe('700');
  expect(home).toBe(where);
  expect(existsSync(where ?? '')).toBe(false);
});

// Shows: Drivers / the command driver's output is bounded (none)
test('one that writes without end is ended, and only the end of what it complains is kept', async () => {
  const { message } = await failed(lines('yes'));
  expect(message).toBe('the program wrote more than 65536 bytes');
  const { complaint } = await runProgram(lines('yes | head -c 10000000 >&2; echo last >&2'), '');
  expect(complaint.length).toBe(2048);
  expect(complaint.endsWith('last\n')).toBe(true);
});

// Shows: Drivers / the time limit ends the whole process group of the command driver (none)
test('at the end of its time its whole process group is ended, however deaf', async () => {
  const pidFile = join(folder, 'deaf');
  const script = `trap '' TERM INT HUP; sh -c 'trap "" TERM; echo $$ > ${pidFile}; while :; do sleep 0.05; done' & wait`;
  const begun = Date.now();
  const { message } = await failed(lines(script, { timeLimitMs: 400 }));
  expect(message).toBe('the program did not end within 0.4 s');
  expect(Date.now() - begun).toBeLessThan(5_000);
  await ended(pidFile);
  expect(await readdir(folder)).toEqual(['deaf']);
});

test('what it leaves running in its group is ended with it, and does not keep us waiting', async () => {
  const pidFile = join(folder, 'left');
  const begun = Date.now();
  const { exitCode } = await runProgram(lines(`sleep 30 & echo $! > ${pidFile}`), '');
  expect(exitCode).toBe(0);
  expect(Date.now() - begun).toBeLessThan(5_000);
  await ended(pidFile);
});

test('one that a signal ends, or that is not there, has failed', async () => {
  expect((await failed(lines('kill -9 $$'))).message).toBe('the program was ended by SIGKILL');
  expect((await failed({ ...lines(''), program: join(folder, 'nothing') })).message).toBe(
    'the program can not be started (ENOENT)',
  );
  await writeFile(join(folder, 'no program'), '');
  expect((await failed({ ...lines(''), program: join(folder, 'no program') })).message).toBe(
    'the program can not be started (EACCES)',
  );
});

// Shows: Drivers / what the command driver's program writes is not logged (none)
test('nothing that it has written is in the message of a failure', async () => {
  for (const script of ['echo Anna; echo Anna >&2; kill -9 $$', 'yes Anna'])
    expect((await failed(lines(script))).message).not.toContain('Anna');
});

test('as many as there are places are under way at once; who waits too long does nothing', async () => {
  const places = new Places(2);
  let now = 0;
  let most = 0;
  const work = async (): Promise<true> => {
    most = Math.max(most, (now += 1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    now -= 1;
    return true;
  };
  expect(await Promise.all(Array.from({ length: 6 }, () => places.take(5_000, work)))).toEqual(Array(6).fill(true));
  expect(most).toBe(2);
  const late = await Promise.all(Array.from({ length: 3 }, () => places.take(10, work)));
  expect(late).toEqual([true, true, null]);
  // A place is given back also where the work failed.
  await expect(places.take(10, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await Promise.all([places.take(10, work), places.take(10, work)])).toEqual([true, true]);
});
