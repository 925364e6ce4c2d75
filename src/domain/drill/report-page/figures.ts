import { shortDuration } from '../../go-duration.js';
import { toRfc3339Seconds } from '../../time.js';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `1.4 GiB`; three digits are enough to compare. */
export function bytesText(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** step;
  return `${value >= 100 || step === 0 ? Math.round(value) : Number(value.toPrecision(3))} ${UNITS[step]}`;
}

/** `340ms`, `8.3s`, `2m14s`, `1h5m`, `3d4h`: two units at most. */
export function durationText(durationMs: number): string {
  if (durationMs === 0) return '0s';
  if (durationMs < 1_000) return `${Math.round(durationMs)}ms`;
  if (durationMs < 59_950) return `${Number((durationMs / 1_000).toFixed(1))}s`;
  if (durationMs < 3_600_000) return shortDuration(Math.round(durationMs / 1_000) * 1_000);
  const minutes = Math.round(durationMs / 60_000);
  if (minutes < 48 * 60) return shortDuration(minutes * 60_000);
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)}d${hours % 24 > 0 ? `${hours % 24}h` : ''}`;
}

/** `2026-11-21 20:10:05 UTC`; what no calendar has is said so. */
export function timeText(epochMs: number): string {
  if (!isTime(epochMs)) return 'unknown time';
  return toRfc3339Seconds(epochMs).replace('T', ' ').replace('Z', ' UTC');
}

/** `11-21`: under an axis. */
export function dayText(epochMs: number): string {
  return isTime(epochMs) ? toRfc3339Seconds(epochMs).slice(5, 10) : '?';
}

function isTime(epochMs: number): boolean {
  return Math.abs(epochMs) <= 8.64e15;
}

/** `downloadedBytes: 1048576` is `1 MiB downloaded`, `megabytesPerSecond: 80` is `80 MB/s`; by the unit in the name. */
export function measuredText(name: string, value: number): string {
  if (name === 'megabytesPerSecond') return `${Number(value.toPrecision(3))} MB/s`;
  if (name.endsWith('Bytes')) return `${words(name.slice(0, -'Bytes'.length))} ${bytesText(value)}`;
  if (name.endsWith('Ms')) return `${words(name.slice(0, -'Ms'.length))} ${durationText(value)}`;
  return `${value} ${words(name)}`;
}

function words(name: string): string {
  return name.replaceAll(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
}
