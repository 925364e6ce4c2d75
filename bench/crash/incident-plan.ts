/** A Backup whose pods are acted, and what its policy makes of them. */
export interface PlannedIncident {
  /** Of the Backup. */
  readonly name: string;
  /** Pods that fail before one succeeds; more than `maxRetries`: the incident exhausts its budget. */
  readonly failures: number;
  readonly maxRetries: number;
  /** Base of the backoff, doubled for each further retry. */
  readonly baseSeconds: number;
  /** How long the pod that succeeds runs, milliseconds. */
  readonly runsMs: number;
}

/** How an incident must end, by its policy alone. */
export interface PlannedEnd {
  readonly succeeds: boolean;
  /** Retries, and so records, of the whole incident. */
  readonly retries: number;
}

export function plannedEnd({ failures, maxRetries }: PlannedIncident): PlannedEnd {
  return { succeeds: failures <= maxRetries, retries: Math.min(failures, maxRetries) };
}
