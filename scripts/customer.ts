import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { CustomerAdministrator } from './sample/changes.ts';
import { administratorFile } from './start/sample-access.ts';

/** Changes the sample customer's forest as its administrators would, while `npm start` runs, to see what Itasca makes of it. */
const usage = `npm run customer -- COMMAND ...

  title ACCOUNT TITLE        give somebody another title
  clear-mail ACCOUNT         take the mail address away
  rename ACCOUNT NAME        rename somebody
  move ACCOUNT OU            move somebody to another organizational unit (its DN)
  add-member GROUP ACCOUNT   put somebody into a group
  remove-member GROUP ACCOUNT
  delete ACCOUNT             delete somebody
  recreate ACCOUNT           delete somebody and create the account again

An ACCOUNT or GROUP is a sAMAccountName.
`;

const target = z.object({
  url: z.string(),
  caFile: z.string(),
  namingContext: z.string(),
  administrator: z.object({ account: z.string(), password: z.string() }),
});

type Command = (customer: CustomerAdministrator, first: string, second: string) => Promise<unknown>;

const commands: Readonly<Record<string, { readonly words: number; readonly run: Command }>> = {
  title: { words: 2, run: (customer, account, title) => customer.changeTitle(account, title) },
  'clear-mail': { words: 1, run: (customer, account) => customer.clearMail(account) },
  rename: { words: 2, run: (customer, account, name) => customer.renameUser(account, name) },
  move: { words: 2, run: (customer, account, ou) => customer.moveUser(account, ou) },
  'add-member': { words: 2, run: (customer, group, account) => customer.addMember(group, account) },
  'remove-member': { words: 2, run: (customer, group, account) => customer.removeMember(group, account) },
  delete: { words: 1, run: (customer, account) => customer.deleteObject(account) },
  recreate: { words: 1, run: (customer, account) => customer.recreateUser(account) },
};

async function main([name = '', ...words]: readonly string[]): Promise<void> {
  const command = commands[name];
  const [first = '', second = ''] = words;
  if (command?.words !== words.length) throw new TypeError(usage);
  const file = await readFile(administratorFile, 'utf8').catch(() => {
    throw new TypeError('The sample customer is not there: run npm start first, and keep it running.');
  });
  const customer = await CustomerAdministrator.signIn(target.parse(JSON.parse(file)));
  try {
    await command.run(customer, first, second);
    console.log('Done. The next cycle takes it over.');
  } finally {
    await customer.signOut();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
