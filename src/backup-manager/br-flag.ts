/** `--name=value`, or nothing where there is no value. */
export function flag(name: string, value: string | number | boolean | undefined): string[] {
  return value === undefined || value === '' ? [] : [`--${name}=${value}`];
}

/** Whether a text asks for a point in time: `0` and nothing mean that BR chooses. */
export function isTimestamp(value: string | undefined): value is string {
  return value !== undefined && value !== '' && value !== '0';
}
