/** The API server does not serve the calls of a procedure, which goes on trying. */
export interface ApiServerAway {
  /** First failed attempt, RFC 3339 UTC. */
  readonly since: string;
  /** Attempts that failed so far. */
  readonly attempt: number;
  /** The last one's cause, in the API server's own words. */
  readonly message: string;
}

/** `API server away since 2026-11-21T10:00:00Z, attempt 7: etcdserver: request timed out` */
export function awayText({ since, attempt, message }: ApiServerAway): string {
  return `API server away since ${since}, attempt ${attempt}: ${message}`;
}

/** Two failures are no absence: the third comes after 6 s. */
export const FIRST_TOLD_ATTEMPT = 3;
/** From here on, after some ten minutes, each tenth is told: every five minutes. */
const RARELY_FROM_ATTEMPT = 25;
const RARELY_EVERY = 10;

/** Whether a procedure is told of this failed attempt: each costs its history four events, and a day has 2,880. */
export function isToldAttempt(attempt: number): boolean {
  if (attempt < FIRST_TOLD_ATTEMPT) return false;
  return attempt <= RARELY_FROM_ATTEMPT || attempt % RARELY_EVERY === 0;
}
