const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
/** As a shell names the end by SIGPIPE. */
const OUTPUT_GONE = 141;
/** One Ctrl-C can come several times: from the terminal, and relayed by npm and tsx. */
const SAME_INTERRUPTION_MS = 500;

export interface Interruption {
  readonly signal: AbortSignal;
  /** Resolves with the exit code that says how. */
  readonly code: Promise<number>;
}

/**
 * Catches Ctrl-C, SIGTERM, SIGHUP and the end of whoever reads our output. Whoever does not want to wait for an
 * orderly end presses Ctrl-C again: the guardian of the process group ends everything then.
 */
export function whenInterrupted(): Interruption {
  const abort = new AbortController();
  const code = new Promise<number>((resolve) => {
    let firstAtMs = Number.POSITIVE_INFINITY;
    const interrupt = (exitCode: number): void => {
      if (performance.now() - firstAtMs > SAME_INTERRUPTION_MS) process.exit(exitCode);
      if (abort.signal.aborted) return;
      firstAtMs = performance.now();
      abort.abort();
      resolve(exitCode);
    };
    for (const [name, exitCode] of Object.entries(EXIT_CODES)) process.on(name, () => interrupt(exitCode));
    process.stdout.on('error', () => interrupt(OUTPUT_GONE));
  });
  return { signal: abort.signal, code };
}
