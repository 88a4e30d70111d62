import { fingerprint } from '../../activities/operator-signature.ts';
import { publicKeyLine } from '../../rules/operator-key.ts';
import { askOnTerminal } from './ask-secret.ts';
import { DONE, Mistake, type ExitCode } from './mistake.ts';
import { publicKeyOf, readOperatorKey, writeNewKey } from './operator-key.ts';
import type { AddCommand } from './program.ts';
import { KEY_OPTION, OPERATOR_OPTION, type Answering } from './signing.ts';
import { operatorOf, type Session } from './session.ts';

const HELP = `
Operators who are listed in the configuration with their public key sign their answers: itasca approve, reject, cases, reconnect, maps, onboard
approve, offboard approve and purge do it by themselves where a key is named (--key, ITASCA_OPERATOR_KEY_FILE, or operatorKeyFile in the settings file).
A page for operators: docs/approvals.md`;

const NEW_KEY_HELP = `
The private key goes into a new file that only you can read; keep it to yourself. What is printed is the public key: whoever writes
the configuration adds it to operators.list and applies that.

  itasca operators new-key ~/.config/itasca/ann.pem --operator ann`;

interface NewKeyOptions extends Answering {
  readonly passphrase: boolean;
}

/** `itasca operators list | new-key | show-key` */
export const addOperators: AddCommand = (program, run) => {
  const operators = program
    .command('operators')
    .description('who may answer, and the keys they sign with')
    .addHelpText('after', HELP);
  operators
    .command('list', { isDefault: true })
    .description('the operators that the configuration lists, and what needs two of them')
    .option('--customer <name>', 'the customer, where there are several')
    .action(({ customer }: { customer?: string }) => {
      run((session) => list(session, customer));
    });
  operators
    .command('new-key <file>')
    .description('make a pair of keys: the private one in a new file, the public one printed')
    .option(...OPERATOR_OPTION)
    .option('--no-passphrase', 'do not encrypt the file')
    .addHelpText('after', NEW_KEY_HELP)
    .action((file: string, options: NewKeyOptions) => {
      run((session) => newKey(session, file, options));
    });
  operators
    .command('show-key')
    .description('the public key of your private one')
    .option(...OPERATOR_OPTION)
    .option(...KEY_OPTION)
    .action((options: Answering) => {
      run((session) => showKey(session, options));
    });
};

async function list(session: Session, named: string | undefined): Promise<ExitCode> {
  const { out } = session;
  const { customer, operators, reconnection } = await session.configuration(named);
  const listed = operators.list.map(({ name, publicKey }) => ({
    name,
    fingerprint: fingerprint(publicKeyLine(publicKey) ?? ''),
  }));
  const { unsigned, second } = operators;
  out.value({ customer, operators: listed, unsigned, second, reconnectionApprovals: reconnection.approvals });
  out.table(
    ['operator', 'key'],
    listed.map((one) => [one.name, one.fingerprint]),
  );
  if (listed.length === 0) {
    out.say(`${customer} lists no operators: an answer is that of whom it names, unchecked.`);
    return DONE;
  }
  const pairs = [...second, ...(reconnection.approvals > 1 ? ['reconnections'] : [])];
  out.say(pairs.length === 0 ? 'One operator is enough.' : `Two operators have to approve: ${pairs.join(', ')}.`);
  out.say(
    unsigned === 'refuse'
      ? 'An approval without a signature is refused.'
      : "An approval without a signature counts as an unnamed operator's, never as the second one.",
  );
  return DONE;
}

async function newKey(session: Session, file: string, { operator, passphrase }: NewKeyOptions): Promise<ExitCode> {
  const name = operatorOf(session, operator);
  const publicKey = await writeNewKey(file, passphrase ? await newPassphrase() : null);
  showPublic(session, name, publicKey, file);
  return DONE;
}

async function newPassphrase(): Promise<string> {
  const first = await askOnTerminal('Passphrase of the new key: ');
  if (first === null)
    throw new Mistake('The passphrase is asked on a terminal, and there is none. --no-passphrase goes without.');
  if (first === '') throw new Mistake('An empty passphrase encrypts nothing. --no-passphrase goes without.');
  if (first !== (await askOnTerminal('Once more: '))) throw new Mistake('The two are not the same: no key was made.');
  return first;
}

async function showKey(session: Session, { operator, key }: Answering): Promise<ExitCode> {
  const name = operatorOf(session, operator);
  const file = key ?? session.settings.operatorKeyFile;
  if (file === undefined) throw new Mistake('Which key? --key, ITASCA_OPERATOR_KEY_FILE, or operatorKeyFile.');
  showPublic(session, name, publicKeyOf(await readOperatorKey(file, askOnTerminal)), file);
  return DONE;
}

function showPublic({ out }: Session, name: string, publicKey: string, file: string): void {
  out.value({ operator: name, publicKey, fingerprint: fingerprint(publicKey), file });
  out.say('operators:\n  list:');
  out.say(`    - name: ${JSON.stringify(name)}\n      publicKey: ${publicKey}`);
  out.say(`Key ${fingerprint(publicKey)}; the private one is in ${file}.`);
}
