/**
 * Removes what looks like a secret from text that people will see. Storage tools print requests, URLs and
 * environment on failure; better to hide a harmless word than to keep a key.
 */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, '[redacted]'],
  [
    /((?:secret|access|api|account|sas|session)[-_ ]?(?:access[-_ ]?)?(?:key|token)(?:[-_ ]?id)?|password|passwd|token|sig|x-amz-(?:signature|credential|security-token))(["']?\s*[=:]\s*["']?)(?!\[redacted\])[^\s"'&,;})\]]+/gi,
    '$1$2[redacted]',
  ],
  [/(authorization\s*[:=]\s*)(?!\[redacted\])(?:\w+\s+)?[^\s"',;]+/gi, '$1[redacted]'],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi, '$1[redacted]@'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[redacted]'],
];

export function redactSecrets(text: string): string {
  return SECRETS.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}
