import { InvalidArgumentError, type Command } from 'commander';

/** The flags that TiDB Operator passes with every command about one object. */
export function withJobFlags(command: Command): Command {
  return command
    .option('--tikvVersion <version>', 'version of the cluster (accepted; BR of that version is in the pod)')
    .option('--cluster-tls [on]', 'the cluster speaks TLS', onOff, false)
    .option(
      '--client-tls [on]',
      'TiDB needs a client certificate (accepted; this program does not connect to TiDB)',
      onOff,
      false,
    )
    .option(
      '--skipClientCA [on]',
      'do not check the certificate of TiDB (accepted, as --client-tls)',
      onOff,
      false,
    )
    .option('-k, --kubeconfig <file>', 'file; not set means KUBECONFIG, or the cluster this pod runs in');
}

export function nonEmpty(value: string): string {
  if (value === '') throw new InvalidArgumentError('It must not be empty.');
  return value;
}

/** As Go's flags take them: `--flag`, `--flag=true`, `--flag=false`. */
export function onOff(value: string): boolean {
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw new InvalidArgumentError('It is true or false.');
}
