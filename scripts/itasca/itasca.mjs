#!/usr/bin/env node
/**
 * The `itasca` command. It runs on whatever Node starts it: one that is too old for the project hands over to the Node that the
 * npm package "node" has brought. Plain JavaScript for that reason.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const OLDEST = 24;
const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const modules = join(here, '..', '..', 'node_modules');
const program = join(here, 'main.ts');
const own = join(modules, 'node', 'bin', 'node');
const recent = Number(process.versions.node.split('.')[0]) >= OLDEST;

if (!existsSync(join(modules, 'commander'))) {
  console.error('The packages of Itasca are not installed: run "npm install" in its folder first.');
  process.exitCode = 1;
} else if (!recent && !existsSync(own)) {
  console.error(
    `Itasca needs Node ${OLDEST} or later, and this is ${process.version}. Run "npm install" in its folder, which brings one.`,
  );
  process.exitCode = 1;
} else {
  const node = recent ? process.execPath : own;
  const { status, signal, error } = spawnSync(
    node,
    ['--disable-warning=ExperimentalWarning', program, ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      // What was compiled once is read back: half of the time that a short answer takes.
      env: { NODE_COMPILE_CACHE: join(modules, '.cache', 'itasca'), ...process.env },
    },
  );
  if (error !== undefined) console.error(`${node} does not run: ${error.message}`);
  if (signal !== null) process.kill(process.pid, signal);
  process.exitCode = status ?? 1;
}
