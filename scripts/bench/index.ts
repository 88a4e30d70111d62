import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { attributesOf } from '../../activities/read-source.ts';
import { seed } from '../seed/seed.ts';
import { prepareCustomerTemplate } from '../stack/customer-template.ts';
import { StackError } from '../stack/stack-error.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { sampleVersion } from '../sample/version.ts';
import { readArguments, usage, type BenchArguments } from './arguments.ts';
import { measureDeltas, measureNoChange } from './deltas.ts';
import { explanationLines, measureExplain } from './explain.ts';
import { measureFirstCycle } from './first-cycle.ts';
import { measureObjectWorkflows } from './object-workflows.ts';
import { BenchProduct } from './product.ts';
import { rawAddRate } from './raw-adds.ts';
import { rawPagedRate } from './raw-reads.ts';
import { againstOtherSize, table, workflowRow, type Report } from './report.ts';
import { seconds } from './stages.ts';
import { wholeRead, wholeReadLines } from './whole-reads.ts';

const say = (line: string): void => {
  console.log(line);
};

const OU = 'Bench';
const CONNECTIONS = [1, 4, 8] as const;
const READS = 3;

async function main(args: BenchArguments): Promise<void> {
  const { users, groups, members, output } = args;
  const customerTemplate = await prepareCustomerTemplate(
    `bench-${String(users)}-${String(groups)}${members === 0 ? '' : `-${String(members)}`}`,
    await sampleVersion(),
    async (forest) => {
      await seed(forest, { users, groups, contacts: 0, largest: members, ou: OU }, ({ stage, done, total }) => {
        if (done % 1000 === 0) say(`  ${stage} ${String(done)}/${String(total)}`);
      });
    },
    say,
  );
  if (args.only === 'read') {
    const reads = [];
    for (let round = 1; round <= READS; round += 1) {
      say(`whole read ${String(round)} of ${String(READS)}, into an empty connector space`);
      reads.push(await withStack(customerTemplate, measureRead));
    }
    for (const line of wholeReadLines(reads)) say(line);
    return;
  }
  if (args.only === 'explain') {
    const figures = await withStack(customerTemplate, measureExplanations);
    for (const line of explanationLines(figures)) say(line);
    return;
  }
  if (args.only === 'workflows') {
    const figures = await withStack(customerTemplate, measureWorkflows);
    say(workflowRow(figures).join('  '));
    return;
  }
  const loadBefore = loadavg()[0] ?? 0;
  const figures = await withStack(customerTemplate, (stack) => measureProduct(stack, users));
  const rawAdds = await eachConnections((connections) => {
    say(`raw adds of the same objects, ${String(connections)} connections, into an empty managed forest`);
    return withStack(customerTemplate, (stack) => rawAddRate(stack.managed, figures.objects, connections));
  });
  const { objects, ...measured } = figures;
  const report: Report = {
    at: new Date().toISOString(),
    machine: {
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 1024 ** 3),
      node: process.version,
      loadBefore,
    },
    size: { users, groups, members, objects: objects.length },
    ...measured,
    rawAdds,
  };
  say(table(report));
  await mkdir(dirname(output), { recursive: true });
  await writeFile(output, `${JSON.stringify(report, null, 2)}\n`);
  say(`written to ${output}`);
  say(await againstOtherSize(report, output));
}

async function measureRead(stack: Stack) {
  const product = await BenchProduct.start(stack, OU);
  const [forest] = product.configuration.forests;
  const asked = forest === undefined ? [] : attributesOf(product.configuration, forest);
  const raw = async (): Promise<Record<string, number>> => ({
    1: await rawPagedRate(stack.customer, asked, 1),
    4: await rawPagedRate(stack.customer, asked, 4),
  });
  try {
    const before = await raw();
    const { counts, stages } = await product.read();
    return wholeRead(counts['read'] ?? 0, stages, before, await raw());
  } finally {
    await product.stop();
  }
}

async function measureWorkflows(stack: Stack) {
  const product = await BenchProduct.start(stack, OU);
  try {
    say('a first cycle into an empty managed forest');
    await product.cycle('full');
    await product.cycle('delta');
    say('object workflows beside empty ones');
    return await measureObjectWorkflows(product, stack.customer, OU);
  } finally {
    await product.stop();
  }
}

async function measureExplanations(stack: Stack) {
  const product = await BenchProduct.start(stack, OU);
  try {
    say('a first cycle into an empty managed forest');
    await product.cycle('full');
    await product.cycle('delta');
    say('itasca object explain, by each name of several objects');
    return await measureExplain(product, stack.databaseUrl);
  } finally {
    await product.stop();
  }
}

async function measureProduct(stack: Stack, users: number) {
  const product = await BenchProduct.start(stack, OU);
  try {
    say('a first cycle into an empty managed forest');
    const { stages, objects } = await measureFirstCycle(product);
    const firstCyclePeakRssMiB = await product.peakRssMiB();
    // What the first one has written is looked at once more.
    await product.cycle('delta');
    say('deltas');
    const noChange = await measureNoChange(product);
    const attributes = await product.askedAttributes();
    const deltas = await measureDeltas(product, stack.customer, OU, users, attributes);
    say('every object evaluated again');
    await product.touchConfiguration();
    const again = await product.cycle('delta');
    const evaluateAgain = (again.counts['evaluated'] ?? 0) / seconds(again.stages, 'evaluate');
    const rawReads = await eachConnections((connections) => {
      say(`raw paged read, ${String(connections)} connections`);
      return rawPagedRate(stack.customer, attributes, connections);
    });
    say('object workflows beside empty ones');
    const objectWorkflows = await measureObjectWorkflows(product, stack.customer, OU);
    const workerPeakRssMiB = await product.peakRssMiB();
    return {
      objects,
      stages,
      evaluateAgain,
      noChange,
      deltas,
      rawReads,
      objectWorkflows,
      firstCyclePeakRssMiB,
      workerPeakRssMiB,
    };
  } finally {
    await product.stop();
  }
}

async function eachConnections(measure: (connections: number) => Promise<number>): Promise<Record<string, number>> {
  const rates: Record<string, number> = {};
  for (const connections of CONNECTIONS) rates[String(connections)] = await measure(connections);
  return rates;
}

async function withStack<T>(customerTemplate: string, work: (stack: Stack) => Promise<T>): Promise<T> {
  const stack = await startStack('bench', { keep: false, customerTemplate, onProgress: () => undefined });
  try {
    return await work(stack);
  } finally {
    await stack.stop();
  }
}

try {
  const args = readArguments(process.argv.slice(2), join(import.meta.dirname, '..', '..', '.itasca'));
  if (args === 'help') say(usage);
  else await main(args);
} catch (error) {
  console.error(error instanceof StackError || error instanceof TypeError ? error.message : error);
  process.exitCode = 1;
}
