#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { backupCommand, type BackupFlags } from './backup-command.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

// Before anything slow is loaded: a pod that is asked to end while it starts has to say so in the Backup too.
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());

const program = new Command('holdfast-backup-manager')
  .description('Runs inside the pod of a backup Job; Kubernetes passes the arguments')
  .exitOverride();
program.addCommand(backupCommand(backup).exitOverride());

async function backup(flags: BackupFlags): Promise<void> {
  const { mode, subcommand } = flags;
  if (mode !== 'log') {
    program.error(`error: --mode=${mode} is not supported: this version runs log backups (--mode=log)`);
  } else if (subcommand === undefined) {
    program.error('error: --mode=log needs --subcommand');
  } else {
    // The Kubernetes client takes most of the start: help and usage errors do without.
    const { runBackup } = await import('./run-backup.js');
    const output = { stdout: process.stdout, stderr: process.stderr };
    const done = await runBackup(
      { ...flags, subcommand },
      { env: process.env, output, stopping: stopping.signal },
    );
    process.exitCode = done ? 0 : EXIT_FAILED;
  }
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  } else {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT_FAILED;
  }
}
