import { loadClientConnectConfig } from '@temporalio/envconfig';

/** Where Temporal is, as TEMPORAL_* and the profile file say; for `Connection` and `NativeConnection` alike. */
export type TemporalSettings = ReturnType<typeof temporalSettings>;

export function temporalSettings(environment: Readonly<Record<string, string | undefined>>) {
  const given = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
    overrideEnvVars: Object.fromEntries(given),
  });
  const { address = 'localhost:7233' } = connectionOptions;
  return { connectionOptions: { ...connectionOptions, address }, address, namespace };
}
