import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { completedLock, missingOptional, type Lock } from '../../scripts/setup/complete-lock.ts';

const lock = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package-lock.json'), 'utf8')) as Lock;

test('package-lock.json holds every optional package that it names, or npm ci refuses it: node scripts/complete-lock.ts', () => {
  expect(missingOptional(lock)).toEqual([]);
});

test('what a mirror lacked is added for the platform that its name tells', () => {
  const before: Lock = {
    packages: {
      'node_modules/tool': {
        dev: true,
        optionalDependencies: {
          '@tool/core-linux-arm-musleabihf': '1.2.3',
          '@tool/core-win32-x64-msvc': '1.2.3',
          ranged: '^1.0.0',
        },
      },
      'node_modules/other': { optionalDependencies: { there: '1.0.0', nested: '1.0.0' } },
      'node_modules/there': { version: '1.0.0' },
      'node_modules/other/node_modules/nested': { version: '1.0.0' },
    },
  };
  const { lock: complete, added } = completedLock(before);
  expect(added).toEqual(['@tool/core-linux-arm-musleabihf', '@tool/core-win32-x64-msvc']);
  expect(complete.packages['node_modules/@tool/core-linux-arm-musleabihf']).toEqual({
    ...{ version: '1.2.3', cpu: ['arm'], dev: true, libc: ['musl'], optional: true, os: ['linux'] },
  });
  expect(complete.packages['node_modules/@tool/core-win32-x64-msvc']).toMatchObject({ cpu: ['x64'], os: ['win32'] });
});
