import type { Command } from 'commander';
import { outputOption } from './commands/arguments.js';
import type { CliDependencies } from './dependencies.js';
import type { UnreadableObject } from './unreadable-object.js';

const FORMATS = ['table', 'json', 'wide', 'name'] as const;

/** What every `list` command takes. */
export interface ListArguments {
  /** A namespace, or `all`. */
  readonly namespace: string;
  readonly output: (typeof FORMATS)[number];
}

export function withListOptions(command: Command): Command {
  return command
    .option('-n, --namespace <name>', 'one namespace, or all', 'all')
    .addOption(outputOption(FORMATS));
}

/** `undefined` is all. */
export function namespaceOf({ namespace }: ListArguments): string | undefined {
  return namespace === 'all' ? undefined : namespace;
}

interface Named {
  readonly namespace: string;
  readonly name: string;
}

interface Found<Summary extends Named> {
  /** As people call them; in small letters their key in JSON. */
  readonly kind: 'Backups' | 'Restores';
  readonly summaries: readonly Summary[];
  readonly unreadable: readonly UnreadableObject[];
  /** The table of those, in their order. */
  readonly render: (sorted: readonly Summary[], format: 'table' | 'wide') => string;
}

/** By namespace and name; objects that cannot be read come last. That nothing was found is said in every format. */
export function printList<Summary extends Named>(
  args: ListArguments,
  { output }: Pick<CliDependencies, 'output'>,
  { kind, summaries, unreadable, render }: Found<Summary>,
): void {
  const sorted = summaries.toSorted(byNamespaceAndName);
  const found = sorted.length + unreadable.length;
  switch (args.output) {
    case 'json':
      output.data(JSON.stringify({ [kind.toLowerCase()]: sorted, unreadable }, undefined, 2));
      break;
    case 'name':
      for (const { namespace, name } of [...sorted, ...unreadable]) output.data(`${namespace}/${name}`);
      break;
    case 'table':
    case 'wide':
      if (found > 0) output.data(render(sorted, args.output));
      break;
  }
  const one = namespaceOf(args);
  if (found === 0) output.say(`no ${kind} in ${one === undefined ? 'any namespace' : `namespace ${one}`}`);
}

function byNamespaceAndName(a: Named, b: Named): number {
  return a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name);
}
