#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { backupCommand, type BackupFlags } from './backup-command.js';
import { probeCommand, type ProbeFlags } from './probe-command.js';
import { replicationFlagNames, type ReplicationArgumentsInput } from './replication-arguments.js';
import { restoreCommand, type RestoreFlags } from './restore-command.js';
import type { PodWork } from './run-in-pod.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

// Before anything slow is loaded: a pod that is asked to end while it starts has to say so in its object too.
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());

const program = new Command('holdfast-backup-manager')
  .description('Runs inside the pod of a backup or restore Job; Kubernetes passes the arguments')
  .exitOverride();
program.addCommand(backupCommand(backup).exitOverride());
program.addCommand(restoreCommand(restore).exitOverride());
program.addCommand(probeCommand(probe).exitOverride());

async function backup({ kubeconfig, ...flags }: BackupFlags): Promise<void> {
  const { mode, subcommand } = flags;
  if (mode === 'snapshot') return work({ kind: 'snapshot', options: flags }, kubeconfig);
  if (mode !== 'log') return program.error(`error: --mode=${mode} is not supported: it is log or snapshot`);
  if (subcommand === undefined) return program.error('error: --mode=log needs --subcommand');
  return work({ kind: 'log', options: { ...flags, command: subcommand } }, kubeconfig);
}

async function restore({ kubeconfig, ...flags }: RestoreFlags): Promise<void> {
  const { mode } = flags;
  if (mode === 'volume-snapshot') {
    return program.error(`error: --mode=${mode} is not supported: it is snapshot or pitr`);
  }
  const replication = replicationOf(flags);
  return work({ kind: 'restore', options: { ...flags, mode, replication } }, kubeconfig);
}

async function probe({ kubeconfig, ...options }: ProbeFlags): Promise<void> {
  return work({ kind: 'probe', options }, kubeconfig);
}

function replicationOf(flags: RestoreFlags): ReplicationArgumentsInput | undefined {
  const { mode, replicationPhase, replicationRetainLatestMVCCVersion: retainLatestMvccVersion } = flags;
  if (replicationPhase === '0') return undefined;
  if (mode !== 'pitr') program.error('error: --replicationPhase needs --mode=pitr');
  try {
    const phase = replicationPhase === '1' ? 1 : 2;
    return { phase, retainLatestMvccVersion, flagNames: replicationFlagNames(process.env) };
  } catch (error) {
    return program.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function work(what: PodWork, kubeconfig: string | undefined): Promise<void> {
  // The Kubernetes client takes most of the start: help and usage errors do without.
  const { runInPod } = await import('./run-in-pod.js');
  const output = { stdout: process.stdout, stderr: process.stderr };
  const env = process.env;
  const done = await runInPod(what, { env, output, stopping: stopping.signal, kubeconfig });
  process.exitCode = done ? 0 : EXIT_FAILED;
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
