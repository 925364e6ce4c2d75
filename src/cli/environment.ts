export type Environment = Readonly<Record<string, string | undefined>>;

/** Flags that every command takes, each beside a variable of the environment. */
export interface GlobalFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly temporalAddress?: string;
  readonly temporalNamespace?: string;
  readonly taskQueue?: string;
  readonly apiRetries?: string;
  readonly apiBackoff?: string;
}

/** The environment as the flags change it: everything behind this point reads one source. */
export function environmentWithFlags(environment: Environment, flags: GlobalFlags): Environment {
  const variables: Environment = {
    KUBECONFIG: flags.kubeconfig,
    HOLDFAST_KUBE_CONTEXT: flags.context,
    HOLDFAST_CLUSTER: flags.cluster,
    TEMPORAL_ADDRESS: flags.temporalAddress,
    TEMPORAL_NAMESPACE: flags.temporalNamespace,
    HOLDFAST_TASK_QUEUE: flags.taskQueue,
    HOLDFAST_API_RETRIES: flags.apiRetries,
    HOLDFAST_API_BACKOFF: flags.apiBackoff,
  };
  const given = Object.entries(variables).filter(([, value]) => value !== undefined);
  return { ...environment, ...Object.fromEntries(given) };
}
