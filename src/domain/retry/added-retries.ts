/** How many retries one `extendBudget` may add. */
const MAX_ADDED_RETRIES = 1_000;

/** What a number of added retries has to be, for people. */
export const ADDED_RETRIES_EXPECTED = `a whole number from 1 to ${MAX_ADDED_RETRIES}`;

export function isAddedRetries(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_ADDED_RETRIES;
}
