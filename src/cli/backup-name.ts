/** `<namespace>/<name>` as people write it. */
export interface BackupName {
  readonly namespace: string;
  readonly name: string;
}

/** RFC 1123 subdomain, as the API server asks of names. */
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** `undefined` for what is not of the form `<namespace>/<name>`. */
export function parseBackupName(text: string): BackupName | undefined {
  const [namespace = '', name = '', ...more] = text.split('/');
  return more.length === 0 && NAMESPACE.test(namespace) && NAME.test(name) ? { namespace, name } : undefined;
}
