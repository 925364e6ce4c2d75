import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { isTransient, type KubeClient } from './kube-client.js';
import type { Pod } from './pod.js';

/** What kubelets ask for; the API server may shorten it. */
const TOKEN_LIFE_SECONDS = 3607;
const REFRESH_AT_SHARE_OF_LIFE = 0.8;
const RETRY_DELAY_MS = 10_000;

const TokenRequest = z.object({ status: z.object({ token: z.string(), expirationTimestamp: z.string() }) });

export interface PodTokenOptions {
  client: KubeClient;
  pod: Pod;
  /** A private folder: the kubeconfig and the token are written there. */
  folder: string;
  /** The API server as the pod shall reach it. */
  server: string;
  ca: string | undefined;
  onTrouble(failure: unknown): void;
}

/** A pod's own access to the API. */
export interface PodToken {
  kubeconfig: string;
  /** Ends the renewals. */
  stop(): void;
}

/**
 * Mints a token of the pod's ServiceAccount, bound to the pod (it ends with it), writes a kubeconfig that carries it,
 * and renews both before the token expires. @throws KubeFailure when the ServiceAccount does not exist.
 */
export async function startPodToken(options: PodTokenOptions): Promise<PodToken> {
  const kubeconfig = path.join(options.folder, 'kubeconfig');
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const renewIn = (delayMs: number) => {
    if (stopped) return;
    timer = setTimeout(() => {
      issue(options, kubeconfig).then(renewIn, (failure: unknown) => {
        options.onTrouble(failure);
        // A ServiceAccount that is gone stays gone; the pod keeps its last token, as it would on a node.
        if (isTransient(failure)) renewIn(RETRY_DELAY_MS);
      });
    }, delayMs);
    timer.unref();
  };
  renewIn(await issue(options, kubeconfig));
  return {
    kubeconfig,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Writes a fresh token; returns after how many milliseconds the next one is due. */
async function issue(options: PodTokenOptions, kubeconfig: string): Promise<number> {
  const { client, pod, folder, server, ca } = options;
  const { namespace, name, uid } = pod.metadata;
  const answer = await client.call({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${pod.spec.serviceAccountName}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        expirationSeconds: TOKEN_LIFE_SECONDS,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    },
  });
  const { token, expirationTimestamp } = TokenRequest.parse(answer).status;
  const tokenFile = path.join(folder, 'token');
  await replaceFile(tokenFile, token);
  await replaceFile(kubeconfig, kubeconfigText({ server, ca, namespace, token, tokenFile }));
  return (Date.parse(expirationTimestamp) - Date.now()) * REFRESH_AT_SHARE_OF_LIFE;
}

interface KubeconfigInput {
  server: string;
  ca: string | undefined;
  namespace: string;
  token: string;
  tokenFile: string;
}

function kubeconfigText({ server, ca, namespace, token, tokenFile }: KubeconfigInput): string {
  const authority =
    ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'pod',
    contexts: [{ name: 'pod', context: { cluster: 'pod', user: 'pod', namespace } }],
    clusters: [{ name: 'pod', cluster: { server, ...authority } }],
    // Clients that know tokenFile read it again when it changes; the others take the token as it was at their start.
    users: [{ name: 'pod', user: { token, tokenFile } }],
  });
}

/** Readers see the old text or the new one, never a part. */
async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
