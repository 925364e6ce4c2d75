import type { CliDependencies } from './dependencies.js';
import { EXIT } from './exit-codes.js';

/**
 * From now on Ctrl-C ends this process: at once, or, where a command created something for itself alone, when that is
 * undone. A second Ctrl-C does not wait. What workflows do goes on.
 */
export function endOnInterrupt(): CliDependencies['onInterrupt'] {
  const undos = new Set<() => Promise<unknown>>();
  const end = () => process.exit(EXIT.interrupted);
  process.once('SIGINT', () => {
    if (undos.size === 0) {
      process.stderr.write('interrupted; what was started goes on\n');
      return end();
    }
    process.stderr.write('interrupted; taking back what was created for this command alone\n');
    process.once('SIGINT', end);
    void Promise.allSettled([...undos].map(async (undo) => undo())).then(end);
  });
  return (undo) => {
    undos.add(undo);
    return () => undos.delete(undo);
  };
}
