#!/usr/bin/env node
import { CommanderError } from 'commander';
import type { Invocation } from './commands/command-definition.js';
import { environmentWithFlags, type GlobalFlags } from './environment.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { endOnInterrupt } from './interrupt.js';
import { createProgram } from './program.js';

interface ProgramOptions extends GlobalFlags {
  readonly verbose?: boolean;
}

// `holdfast backup list | head` is no failure.
process.stdout.on('error', (failure: NodeJS.ErrnoException) => {
  if (failure.code !== 'EPIPE') throw failure;
  process.exit(EXIT.done);
});

const invocation: Invocation = {
  withEnvironment: async (run) => {
    process.exitCode = await run(environmentOf(program.opts<ProgramOptions>()));
  },
  withDependencies: async (run) => {
    // The worker has its own way to end.
    const onInterrupt = endOnInterrupt();
    const { runWithDependencies } = await import('./run-with-dependencies.js');
    const { verbose = false, ...flags } = program.opts<ProgramOptions>();
    process.exitCode = await runWithDependencies(run, {
      environment: environmentOf(flags),
      verbose,
      onInterrupt,
    });
  },
};
const program = createProgram(invocation);

try {
  await program.parseAsync();
} catch (failure) {
  process.exitCode = failed(failure);
}

function environmentOf(flags: GlobalFlags) {
  return environmentWithFlags(process.env, flags);
}

/** Commander has printed its own message. */
function failed(failure: unknown): ExitCode {
  if (failure instanceof CommanderError) return failure.exitCode === 0 ? EXIT.done : EXIT.usage;
  const { verbose = false } = program.opts<ProgramOptions>();
  const message = failure instanceof Error ? failure.message : String(failure);
  const stack = verbose && failure instanceof Error ? `\n${failure.stack ?? ''}` : '';
  process.stderr.write(`holdfast: ${message}${stack}\n`);
  return EXIT.failed;
}
