import { isConflict } from '../kubernetes/api-failure.js';

/** Another writer wins at most this often before the activity's own retry waits a little. */
const MAX_CONFLICTS = 5;

/** Runs a step that ends in one write; when another writer was faster, reads and decides again. */
export async function onFreshRead<Result>(step: () => Promise<Result>): Promise<Result> {
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      return await step();
    } catch (failure) {
      if (!isConflict(failure) || conflicts >= MAX_CONFLICTS) throw failure;
    }
  }
}
