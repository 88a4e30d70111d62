import type { Command } from 'commander';
import { commandLine } from '../itasca/program.ts';

const INTRODUCTION = `# The command \`itasca\`

<!-- Made from scripts/docs/command-page.ts and the help of scripts/itasca/ by \`npm run docs:command\`. Change it there. -->

\`npx itasca\` in Itasca's folder shows and steers everything; each command has the help that is printed here (\`npx itasca sync --help\`).
It reads Itasca's database and talks to Temporal; what changes something does so by a workflow of a worker, so that it is on record and
goes on when the command is interrupted. [Running Itasca](operations.md) tells which command helps on which day.

## Where it finds the database and Temporal

By variables, or by a settings file (YAML) that only its owner may read; a variable goes before the file.

| setting | variable | what |
| --- | --- | --- |
| \`databaseUrl\` | \`DATABASE_URL\` | \`postgres://user:password@host/database\` |
| \`schema\` | \`ITASCA_SCHEMA\` | schema of Itasca's tables; \`itasca\` by default |
| \`taskQueue\` | \`ITASCA_TASK_QUEUE\` | task queue of the workers; \`itasca\` by default |
| \`operator\` | \`ITASCA_OPERATOR\` | your name, which is kept with your answers |
| \`operatorKeyFile\` | \`ITASCA_OPERATOR_KEY_FILE\` | file of your private key, with which answers are signed ([who approved](approvals.md)); readable by you only |
| \`temporal.address\`, \`temporal.namespace\` | \`TEMPORAL_ADDRESS\`, \`TEMPORAL_NAMESPACE\` … | where Temporal is. Without \`temporal\` in the file: all variables of Temporal's own tools, or a profile of \`temporal.toml\`, mTLS included ([environment configuration](https://docs.temporal.io/develop/environment-configuration)) |
| \`temporalUi\` | \`ITASCA_TEMPORAL_UI\` | address of Temporal's UI, for links |

The file is the one of \`--settings\`, of \`ITASCA_SETTINGS\`, or the first that is there of \`./itasca.yaml\`, \`.itasca/itasca.yaml\` in Itasca's folder
(which \`npm start\` writes), \`~/.config/itasca/itasca.yaml\` and \`/etc/itasca/itasca.yaml\`.

## What it prints, and how it ends

For people it prints tables and sentences, in colours only on a terminal (never with \`NO_COLOR\`). With \`--json\` it prints one JSON value and
nothing else; a mistake is then \`{"error": "..."}\`.

| exit code | means |
| --- | --- |
| 0 | done; nothing waits for anybody |
| 1 | failed: the message says what to mend |
| 2 | needs a person: something waits for an answer, is overdue, or has to be looked at |

A mistake (an unknown customer, a wrong argument, a server that is not reached) is one message, never a stack trace.

## All commands
`;

const WIDTH = 120;

/** docs/command.md: the help of every command, as it is printed. */
export async function commandPage(): Promise<string> {
  let printed = '';
  const out = { write: (text: string) => (printed += text) };
  const program = await commandLine(() => undefined, out, out);
  const helpOf = (command: Command): string => {
    printed = '';
    command.configureOutput({ getOutHelpWidth: () => WIDTH, getOutHasColors: () => false });
    command.outputHelp();
    return printed.trim();
  };
  const sections = named(program.commands, []).map(
    ({ words, command }) => `### itasca ${words.join(' ')}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`,
  );
  return [INTRODUCTION, `\`\`\`text\n${helpOf(program)}\n\`\`\`\n`, ...sections].join('\n');
}

interface Named {
  readonly words: readonly string[];
  readonly command: Command;
}

/** Every command with its whole name, in the order of the help. */
function named(commands: readonly Command[], words: readonly string[]): readonly Named[] {
  return commands.flatMap((command) => {
    const here = { words: [...words, command.name()], command };
    return [here, ...named(command.commands, here.words)];
  });
}
