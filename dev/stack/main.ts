import { join } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { parseGoDuration } from '../../src/domain/go-duration.js';
import { injectFault } from './fault-command.js';
import { FAULTS, type FaultName } from './fault-control.js';
import { defaultStateRoot, type ReadyStack } from './stack-state.js';
import {
  Interrupted,
  stackDown,
  stackStatus,
  stackUp,
  type StackCommandInput,
  type StackStatus,
  type StackUpInput,
} from './stack-commands.js';

interface StackOptions {
  name: string;
  dir: string;
}

const say = (line: string) => process.stderr.write(`${line}\n`);
const print = (line: string) => process.stdout.write(`${line}\n`);

const program = new Command('stack')
  .description(
    'A local environment for development: Kubernetes API, Temporal, a stand-in for a node. Loopback only.',
  )
  .addOption(
    new Option('--name <name>', 'which stack; several run side by side')
      .default('default')
      .argParser(stackName),
  )
  .option('--dir <folder>', 'where stacks keep their state', defaultStateRoot());

program
  .command('up')
  .description('start the stack, or say that it is up; prints what to export')
  .option('--cluster <name>', 'name of the Kubernetes cluster', 'holdfast-dev')
  .addOption(
    new Option('--etcd-members <n>', 'three can lose their quorum, and have a small quota')
      .default(1)
      .argParser(etcdMembers),
  )
  .option('--with-drill', 'an S3 server and a MariaDB with its backup tools as well', false)
  .option(
    '--with-monitoring',
    'a Prometheus that reads a worker at 127.0.0.1:9464, and an Alertmanager',
    false,
  )
  .action(async (options: Omit<StackUpInput, keyof StackCommandInput>) => {
    const input = commandInput();
    const ready = await stackUp({ ...input, ...options });
    printExports(ready);
    say(`\nTemporal Web UI: ${ready.uiUrl}`);
    say(
      `kubectl with this KUBECONFIG is admin; the worker uses context ${ready.env['HOLDFAST_KUBE_CONTEXT']}`,
    );
    say(`To end it: npm run stack -- down${input.name === 'default' ? '' : ` --name ${input.name}`}`);
  });

program
  .command('down')
  .description('end exactly what `up` started')
  .action(async () => {
    const input = commandInput();
    const ended = await stackDown(input);
    if (ended.length > 0) say(`stack ${input.name} is down; ended ${ended.join(', ')}`);
  });

program
  .command('status')
  .description('what runs; exit code 0 all servers run, 1 one has ended, 6 the stack is not up')
  .addOption(new Option('-o, --output <format>').choices(['table', 'json']).default('table'))
  .action(async ({ output }: { output: string }) => {
    const status = await stackStatus(commandInput());
    if (output === 'json') print(JSON.stringify(status, undefined, 2));
    else printStatus(status);
    const allAlive = status.servers.every(({ alive }) => alive);
    process.exitCode = !status.up ? 6 : allAlive ? 0 : 1;
  });

program
  .command('fault')
  .description('let the servers of a stack fail, or mend them')
  .addArgument(new Argument('<fault>').choices(FAULTS))
  .option('--for <duration>', 'of freeze-etcd: thaw again after this long, for example 10s', durationMs)
  .action(async (fault: FaultName, { for: forMs }: { for?: number }) => {
    await injectFault(commandInput(), { fault, ...(forMs !== undefined && { forMs }) });
    say(`${fault}: done`);
  });

try {
  await program.parseAsync();
} catch (failure) {
  say(failure instanceof Error ? failure.message : String(failure));
  process.exitCode = failure instanceof Interrupted ? 130 : 1;
}

function commandInput(): StackCommandInput {
  const { name, dir } = program.opts<StackOptions>();
  return { name, stackFolder: join(dir, name), say };
}

function stackName(value: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(value)) {
    throw new InvalidArgumentError('lower-case letters, digits and hyphens, at most 40.');
  }
  return value;
}

function etcdMembers(value: string): 1 | 3 {
  if (value !== '1' && value !== '3') throw new InvalidArgumentError('1 or 3.');
  return value === '3' ? 3 : 1;
}

function durationMs(value: string): number {
  const parsed = parseGoDuration(value);
  if (parsed === undefined || parsed <= 0) throw new InvalidArgumentError('a duration such as 10s.');
  return parsed;
}

function printExports({ env }: ReadyStack): void {
  for (const [variable, value] of Object.entries(env)) print(`export ${variable}=${shellWord(value)}`);
}

function shellWord(value: string): string {
  return /^[\w./:@-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

function printStatus(status: StackStatus): void {
  if (!status.up) {
    print(`stack ${status.name} is not up`);
    return;
  }
  for (const { name, pid, alive, address } of status.servers) {
    print(`${name.padEnd(24)} ${String(pid).padEnd(8)} ${alive ? 'running' : 'ended  '}  ${address ?? ''}`);
  }
  print(`Temporal Web UI          ${status.uiUrl}`);
}
