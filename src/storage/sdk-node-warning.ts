/** The switch of the AWS SDK for its one warning about old versions of Node.js; a value that is set already stays. */
const SWITCH = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';
/** What the SDK's releases after January 2027 need. */
const NEXT_NODE_MAJOR = 22;

/** Whoever lists backups cannot change the version that runs: call it before the first client is made. */
export function silenceNodeWarning(environment: NodeJS.ProcessEnv): void {
  environment[SWITCH] ??= 'true';
}

/** The same in one line, for the log of a worker; `undefined` where the version will do. */
export function nodeWarning(version: string): string | undefined {
  const major = Number(/^v(\d+)/.exec(version)?.[1]);
  if (major >= NEXT_NODE_MAJOR) return undefined;
  return `Node.js ${version}: releases of the AWS SDK after January 2027 need Node.js ${NEXT_NODE_MAJOR}`;
}
