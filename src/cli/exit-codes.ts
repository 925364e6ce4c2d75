/** Exit codes of every command. Scripts branch on them: change one only with the interface document. */
export const EXIT = {
  /** Done, verified. */
  done: 0,
  failed: 1,
  /** Usage, or input that cannot be used. */
  usage: 2,
  /** A drill could not tell. */
  inconclusive: 4,
  /** A wait ended before the work did; the work goes on. */
  timedOut: 5,
  notFound: 6,
  /** Refused in this state. */
  refused: 7,
  /** Temporal, Kubernetes or the object store does not answer. */
  unreachable: 8,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
