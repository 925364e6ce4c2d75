import type { ExitCode } from './exit-codes.js';

/** Ends a command with one clear message and an exit code of its own; people see no stack trace of it. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly exitCode: ExitCode;

  constructor(message: string, options: { exitCode: ExitCode; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode;
  }
}
