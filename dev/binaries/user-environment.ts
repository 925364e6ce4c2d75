/** The whole environment of this process, for package managers: people configure those (proxy, index, cache) there. */
export function userEnvironment(): Record<string, string> {
  const set = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(set);
}
