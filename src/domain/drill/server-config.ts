import { MAX_METADATA_BYTES } from './option-lines.js';

/** What backup-my.cnf may say: how the data files are built. Nothing that names a place, a program or a plugin. */
const NUMBER = /^\d{1,12}[KMG]?$/i;
const SWITCH = /^(0|1|ON|OFF|TRUE|FALSE)$/i;
const ALLOWED: ReadonlyMap<string, RegExp> = new Map([
  ['innodb_checksum_algorithm', /^(strict_)?(crc32|full_crc32|innodb|none)$/i],
  ['innodb_log_checksum_algorithm', /^(strict_)?(crc32|innodb|none)$/i],
  // One or more files beside the others: no slash.
  [
    'innodb_data_file_path',
    /^[\w-]+:\d+[KMG]?(:autoextend(:max:\d+[KMG]?)?)?(;[\w-]+:\d+[KMG]?(:autoextend(:max:\d+[KMG]?)?)?)*$/i,
  ],
  ['innodb_log_files_in_group', NUMBER],
  ['innodb_log_file_size', NUMBER],
  ['innodb_log_block_size', NUMBER],
  ['innodb_fast_checksum', SWITCH],
  ['innodb_log_checksums', SWITCH],
  ['innodb_redo_log_encrypt', SWITCH],
  ['innodb_undo_log_encrypt', SWITCH],
  ['innodb_page_size', NUMBER],
  ['innodb_undo_tablespaces', NUMBER],
  ['innodb_compression_level', NUMBER],
  ['innodb_encrypt_log', SWITCH],
  ['innodb_buffer_pool_filename', /^[\w][\w.-]*$/],
  ['innodb_undo_directory', /^(\.|\.\/)$/],
  ['redo_log_version', NUMBER],
  ['server_id', NUMBER],
  ['server_uuid', /^[0-9a-f-]{36}$/i],
  ['master_key_id', NUMBER],
]);
/** Of the allowed, those that a server must be told to open the same files. */
const FOR_SERVER: ReadonlySet<string> = new Set([
  'innodb_data_file_path',
  'innodb_page_size',
  'innodb_undo_tablespaces',
]);

export interface ServerConfig {
  /** Lines that are refused, as they stand there, with their numbers. */
  readonly refused: readonly { readonly lineNumber: number; readonly line: string }[];
  /** Options that the private server needs, `innodb_page_size` → `16384`. */
  readonly forServer: ReadonlyMap<string, string>;
}

/**
 * backup-my.cnf is read by the tools as their own configuration: whoever can write the bucket could make them load a
 * plugin, include a file, or write to a path of the host. So only what is known passes, in form and in value.
 */
export function readServerConfig(text: string): ServerConfig {
  const refused: { lineNumber: number; line: string }[] = [];
  const forServer = new Map<string, string>();
  if (text.length > MAX_METADATA_BYTES)
    return { refused: [{ lineNumber: 0, line: 'larger than 1 MiB' }], forServer };
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';') || line === '[mysqld]') continue;
    const option = allowedOption(line);
    if (option === undefined) refused.push({ lineNumber: index + 1, line });
    else if (FOR_SERVER.has(option.name)) forServer.set(option.name, option.value);
  }
  return { refused, forServer };
}

function allowedOption(line: string): { name: string; value: string } | undefined {
  const separator = line.indexOf('=');
  if (separator < 0) return undefined;
  // The tools take dashes for underscores, and prefixes such as `loose-`, which are not on the list.
  const name = line.slice(0, separator).trim().toLowerCase().replaceAll('-', '_');
  const value = line.slice(separator + 1).trim();
  // Percona writes some of them without a value where they are off: an empty value changes nothing.
  return value === '' || ALLOWED.get(name)?.test(value) === true ? knownOption(name, value) : undefined;
}

function knownOption(name: string, value: string): { name: string; value: string } | undefined {
  return ALLOWED.has(name) ? { name, value } : undefined;
}
