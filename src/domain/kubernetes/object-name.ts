/** What Kubernetes lets things be called; anything else would be another path of its API, or another host. */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = new RegExp(`^${LABEL}(\\.${LABEL})*$`);
const ONE_LABEL = new RegExp(`^${LABEL}$`);

/** Whether an object may have this name (RFC 1123 subdomain, at most 253 characters). */
export function isObjectName(text: string): boolean {
  return text.length <= 253 && SUBDOMAIN.test(text);
}

/** Whether a namespace may have this name (RFC 1123 label, at most 63 characters). */
export function isNamespaceName(text: string): boolean {
  return text.length <= 63 && ONE_LABEL.test(text);
}
