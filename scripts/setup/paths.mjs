import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of this checkout. */
export const projectDirectory = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** What set-up makes is kept here and shared by every checkout of the same user. */
export const cacheDirectory = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'itasca');

/** A short name for this checkout, for what the cache keeps per checkout. */
export const projectHash = createHash('sha256').update(projectDirectory).digest('hex').slice(0, 8);

export const lockFile = (name) => join(cacheDirectory, 'locks', `${name}.lock`);
export const logFile = (name) => join(cacheDirectory, 'log', `${name}-${projectHash}.log`);
