/** Beside the files of a backup: sha256sum's format, names relative to the backup's folder. */
export const MANIFEST_NAME = 'manifest.sha256';

export interface Manifest {
  /** SHA-256 in lower-case hex by name. */
  readonly digests: ReadonlyMap<string, string>;
  /** Lines that are not sha256sum's, or that contradict another one: such a manifest proves nothing. */
  readonly problems: readonly string[];
  /** The drill that wrote it, long after the backup was made: absent where the pipeline of the backup did. */
  readonly writtenByDrill?: string;
}

export interface ManifestComparison {
  /** Listed, but not there. */
  readonly missing: readonly string[];
  /** There, but not listed: nothing proves their bytes. */
  readonly unlisted: readonly string[];
}

/** `<hex>  <name>`, `<hex> *<name>`; a leading backslash says that the name is escaped; also `SHA256 (<name>) = <hex>`. */
const PLAIN = /^(\\?)([0-9a-fA-F]{64}) [ *](.+)$/s;
const TAGGED = /^(\\?)SHA256 \((.+)\) = ([0-9a-fA-F]{64})$/s;
/** A comment to sha256sum. */
const DRILL_MARK = '# source: drill ';
const MAX_PROBLEMS = 100;

/** Reads what `sha256sum` or a drill wrote. `./` before a name is left out. */
export function parseManifest(text: string): Manifest {
  const digests = new Map<string, string>();
  const problems: string[] = [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  else problems.push('the last line has no end: it may be cut');
  const mark = lines[0]?.startsWith(DRILL_MARK) === true ? lines[0] : undefined;
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('#')) continue;
    const entry = parseLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    if (entry === undefined) problems.push(`line ${index + 1} is not of sha256sum: ${line.slice(0, 100)}`);
    else if ((digests.get(entry.name) ?? entry.digest) !== entry.digest) {
      problems.push(`line ${index + 1} contradicts another one about ${entry.name}`);
    } else digests.set(entry.name, entry.digest);
    if (problems.length >= MAX_PROBLEMS) break;
  }
  if (digests.size === 0) problems.push('it lists nothing');
  const drill = mark?.slice(DRILL_MARK.length);
  return { digests, problems, ...(drill !== undefined && { writtenByDrill: drill }) };
}

/** What `sha256sum` would write, with the drill that vouches for it on top. Names are those that a drill accepts. */
export function drillManifest(drill: string, digests: ReadonlyMap<string, string>): string {
  const lines = [...digests].map(([name, digest]) => `${digest}  ${name}\n`);
  return `${DRILL_MARK}${drill}\n${lines.join('')}`;
}

function parseLine(line: string): { name: string; digest: string } | undefined {
  const plain = PLAIN.exec(line);
  const tagged = plain === null ? TAGGED.exec(line) : null;
  const [escape, digest, name] = plain
    ? [plain[1], plain[2], plain[3]]
    : [tagged?.[1], tagged?.[3], tagged?.[2]];
  if (digest === undefined || name === undefined) return undefined;
  const spelled = escape === '\\' ? unescaped(name) : name;
  if (spelled === undefined) return undefined;
  return { name: spelled.startsWith('./') ? spelled.slice(2) : spelled, digest: digest.toLowerCase() };
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', n: '\n', r: '\r' };

function unescaped(name: string): string | undefined {
  if (/\\(?![\\nr])/.test(name.replaceAll('\\\\', ''))) return undefined;
  return name.replaceAll(/\\([\\nr])/g, (_whole, letter: string) => ESCAPES[letter] ?? letter);
}

/** Whether the manifest lists exactly what is there. */
export function compareManifest(manifest: Manifest, names: Iterable<string>): ManifestComparison {
  const there = new Set(names);
  there.delete(MANIFEST_NAME);
  const unlisted = [...there].filter((name) => !manifest.digests.has(name));
  const missing = [...manifest.digests.keys()].filter((name) => name !== MANIFEST_NAME && !there.has(name));
  return { missing, unlisted };
}
