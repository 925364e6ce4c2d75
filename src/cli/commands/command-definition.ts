import type { Command } from 'commander';
import type { CliDependencies } from '../dependencies.js';
import type { Environment } from '../environment.js';
import type { ExitCode } from '../exit-codes.js';

/** How a command's action reaches what it works with: opened before, closed after, failures explained. */
export interface Invocation {
  readonly withDependencies: (run: (deps: CliDependencies) => Promise<ExitCode>) => Promise<void>;
  /** For a command that brings everything itself: the environment as the flags change it. */
  readonly withEnvironment: (run: (environment: Environment) => Promise<ExitCode>) => Promise<void>;
}

/** Adds arguments, options, an example and the action to a command that so far has only its name. */
export type DefineCommand = (command: Command, invocation: Invocation) => void;
