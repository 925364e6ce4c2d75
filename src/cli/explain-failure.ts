import { z } from 'zod';
import { ApiFailure } from '../kubernetes/api-failure.js';
import { StoreFailure } from '../storage/object-store.js';
import { CliFailure } from './cli-failure.js';
import { EXIT, type ExitCode } from './exit-codes.js';

/** One line for people, and how the process ends. */
export interface Explanation {
  readonly message: string;
  readonly exitCode: ExitCode;
}

/** Every failure of a command, from whichever server it comes. `serverUrl` is the API server's, where it is known. */
export function explainFailure(failure: unknown, serverUrl?: string): Explanation {
  if (failure instanceof CliFailure) return { message: failure.message, exitCode: failure.exitCode };
  if (failure instanceof ApiFailure) return explainApiFailure(failure, serverUrl ?? 'the configured address');
  if (failure instanceof StoreFailure) {
    return { message: failure.message, exitCode: exitCodeOfStore(failure) };
  }
  if (failure instanceof z.ZodError) {
    const problems = z.prettifyError(failure).replace(/\s+/g, ' ');
    return { message: `an object from the API server cannot be read: ${problems}`, exitCode: EXIT.failed };
  }
  const message = failure instanceof Error ? failure.message : String(failure);
  return { message, exitCode: EXIT.failed };
}

/** A store that nobody can ask is a wrong setting; one that says no has failed. */
function exitCodeOfStore({ kind, retryable }: StoreFailure): ExitCode {
  if (kind === 'NoCredentials') return EXIT.usage;
  return retryable ? EXIT.unreachable : EXIT.failed;
}

const WHERE = 'check KUBECONFIG and HOLDFAST_KUBE_CONTEXT, or --kubeconfig and --context';

function explainApiFailure({ status, message }: ApiFailure, serverUrl: string): Explanation {
  switch (status) {
    case undefined:
      return {
        message: `Kubernetes at ${serverUrl} does not answer: ${message}; ${WHERE}`,
        exitCode: EXIT.unreachable,
      };
    case 401:
      return {
        message: `Kubernetes at ${serverUrl} does not know these credentials: ${WHERE}`,
        exitCode: EXIT.failed,
      };
    case 404:
      return {
        message: `${message}; are the CRDs installed (deploy/crds)? 'holdfast doctor' tells`,
        exitCode: EXIT.failed,
      };
    default:
      return { message: `Kubernetes at ${serverUrl}: ${message}`, exitCode: EXIT.failed };
  }
}
