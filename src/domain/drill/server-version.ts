/** 10.11.19-MariaDB-0+deb12u1-log: what counts for data files is the series, 10.11. */
export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly flavor: 'mariadb' | 'mysql';
}

/** Finds the version in `VERSION()`, in a metadata file or in what `--version` prints. */
export function readServerVersion(text: string): ServerVersion | undefined {
  const found = /(?:Distrib|Ver|version|server|^)\s*(\d{1,3})\.(\d{1,3})\.(\d{1,4})/i.exec(
    text.slice(0, 1000).trim(),
  );
  if (found === null) return undefined;
  return {
    major: Number(found[1]),
    minor: Number(found[2]),
    patch: Number(found[3]),
    flavor: /maria/i.test(text) ? 'mariadb' : 'mysql',
  };
}

/** Below zero: `left` is of an older series. Patch levels are compatible with each other. */
export function compareSeries(left: ServerVersion, right: ServerVersion): number {
  return left.major - right.major || left.minor - right.minor;
}

export function seriesOf({ major, minor }: ServerVersion): string {
  return `${major}.${minor}`;
}

/**
 * A tool of another series copies data files that it does not know, and says "completed OK!" all the same. Percona
 * keeps the series of MySQL, and takes servers of its own series or an older one.
 * @returns why the backup cannot be trusted; `undefined` where the versions go together, or one of them is unknown
 */
export function versionConflict(versions: { tool: string; server: string }): string | undefined {
  const tool = readServerVersion(versions.tool);
  const server = readServerVersion(versions.server);
  if (tool === undefined || server === undefined) return undefined;
  if (compareSeries(tool, server) >= 0) return undefined;
  return `made by version ${versions.tool} of the tool from a server ${versions.server}, which is newer`;
}
