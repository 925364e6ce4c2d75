import { parse, TomlError } from 'smol-toml';
import { tikvGateOf, type TikvGate } from '../domain/replication/tikv-gate.js';

/** Judges the key `config-file` of TiKV's ConfigMap. */
export function tikvGateIn(configFile: string): TikvGate {
  try {
    return tikvGateOf(parse(configFile));
  } catch (failure) {
    if (!(failure instanceof TomlError)) throw failure;
    const [firstLine] = failure.message.split('\n');
    return { state: 'unknown', why: `TiKV's configuration is no TOML: ${firstLine}` };
  }
}
