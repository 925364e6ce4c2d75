/** How long each part took, in the order in which the parts ended. */
export interface Stopwatch {
  measure<T>(part: string, work: () => Promise<T>): Promise<T>;
  /** One sentence, for example `binaries 0.1 s, stack 6.2 s, in all 6.3 s`. */
  summary(): string;
}

/** @param nowMs a clock that never goes back, milliseconds */
export function startStopwatch(nowMs: () => number): Stopwatch {
  const startedMs = nowMs();
  const parts: string[] = [];
  return {
    measure: async (part, work) => {
      const fromMs = nowMs();
      try {
        return await work();
      } finally {
        parts.push(`${part} ${seconds(nowMs() - fromMs)}`);
      }
    },
    summary: () => [...parts, `in all ${seconds(nowMs() - startedMs)}`].join(', '),
  };
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1_000).toFixed(1)} s`;
}
