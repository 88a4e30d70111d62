import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import Table from 'cli-table3';
import { seed } from '../seed/seed.ts';
import { prepareCustomerTemplate } from '../stack/customer-template.ts';
import { StackError } from '../stack/stack-error.ts';
import { startStack } from '../stack/stack.ts';
import { sampleVersion } from '../sample/version.ts';
import { readArguments, usage, type BenchArguments } from './arguments.ts';
import { measureCycle } from './cycle.ts';
import { rawAddRate } from './raw-adds.ts';

const say = (line: string): void => {
  console.log(line);
};

const OU = 'Bench';

async function main(args: BenchArguments): Promise<void> {
  const name = `bench-${String(args.users)}-${String(args.groups)}`;
  const customerTemplate = await prepareCustomerTemplate(
    name,
    await sampleVersion(),
    async (forest) => {
      await seed(forest, { users: args.users, groups: args.groups, contacts: 0, ou: OU }, ({ stage, done, total }) => {
        if (done % 1000 === 0) say(`  ${stage} ${String(done)}/${String(total)}`);
      });
    },
    say,
  );

  say('a cycle into an empty managed forest');
  const product = await withStack(customerTemplate, (stack) => measureCycle(stack, OU));
  const raw: Record<string, number> = {};
  for (const connections of [1, 4, 8]) {
    say(
      `raw adds of the same ${String(product.objects.length)} objects, ${String(connections)} connections, into an empty managed forest`,
    );
    raw[String(connections)] = await withStack(customerTemplate, (stack) =>
      rawAddRate(stack.managed, product.objects, connections),
    );
  }
  const best = Math.max(...Object.values(raw));
  const report = {
    at: new Date().toISOString(),
    machine: { cores: cpus().length, memoryGiB: Math.round(totalmem() / 1024 ** 3), node: process.version },
    size: { users: args.users, groups: args.groups },
    objectsPerSecond: product.rates,
    secondsPerStage: product.seconds,
    rawAddsPerSecond: raw,
    writeToRaw: product.rates.writeObjects / best,
    workerPeakRssMiB: product.workerPeakRssMiB,
  };
  const table = new Table({
    head: ['stage', 'objects/s', 'seconds'],
    colAligns: ['left', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const [stage, rate] of Object.entries(product.rates))
    table.push([stage, rate.toFixed(0), (product.seconds[stage] ?? 0).toFixed(1)]);
  for (const [connections, rate] of Object.entries(raw))
    table.push([`raw adds, ${connections} connections`, rate.toFixed(0), '']);
  table.push(['write stage / best raw add rate', report.writeToRaw.toFixed(2), '']);
  say(table.toString());
  await mkdir(dirname(args.output), { recursive: true });
  await writeFile(args.output, `${JSON.stringify(report, null, 2)}\n`);
  say(`written to ${args.output}`);
}

async function withStack<T>(
  customerTemplate: string,
  work: (stack: Awaited<ReturnType<typeof startStack>>) => Promise<T>,
): Promise<T> {
  const stack = await startStack('bench', { keep: false, customerTemplate, onProgress: () => undefined });
  try {
    return await work(stack);
  } finally {
    await stack.stop();
  }
}

try {
  const args = readArguments(process.argv.slice(2), join(import.meta.dirname, '..', '..', '.itasca', 'bench.json'));
  if (args === 'help') say(usage);
  else await main(args);
} catch (error) {
  console.error(error instanceof StackError || error instanceof TypeError ? error.message : error);
  process.exitCode = 1;
}
