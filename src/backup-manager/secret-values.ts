import { redactSecrets } from '../domain/redact.js';

const SECRET_NAME = /KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL/i;
/** A shorter value may be a word that stands everywhere. */
const MIN_LENGTH = 8;

/**
 * Removes secrets from text that people will see: what looks like one, and every value of this environment whose name
 * says that it is one, however it is printed.
 */
export function hideSecretsOf(env: Readonly<Record<string, string | undefined>>): (text: string) => string {
  const values = Object.entries(env)
    .filter(([name]) => SECRET_NAME.test(name))
    .map(([, value = '']) => value.trim())
    .filter((value) => value.length >= MIN_LENGTH);
  return (text) =>
    values.reduce((clean, value) => clean.replaceAll(value, '[redacted]'), redactSecrets(text));
}
