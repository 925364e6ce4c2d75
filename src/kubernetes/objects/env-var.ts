/** One environment variable of a container: a value, or a reference to one. Unknown keys are people's own. */
export interface EnvVar {
  readonly name: string;
  readonly [key: string]: unknown;
}

export interface SecretKey {
  readonly name: string;
  readonly key: string;
  /** Whether the variable may be absent where the key is. */
  readonly optional?: boolean;
}

export function secretEnv(name: string, secretKeyRef: SecretKey): EnvVar {
  return { name, valueFrom: { secretKeyRef } };
}

/** `overrides` replace what has the same name, where it stands; the others follow. */
export function withOverrides(variables: readonly EnvVar[], overrides: readonly EnvVar[]): EnvVar[] {
  const replaced = variables.map(
    (variable) => overrides.findLast(({ name }) => name === variable.name) ?? variable,
  );
  const known = new Set(variables.map(({ name }) => name));
  return [...replaced, ...overrides.filter(({ name }) => !known.has(name))];
}
