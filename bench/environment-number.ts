/** @throws Error for a variable that is set to something else than a whole number above 0 */
export function numberFrom(variable: string): number | undefined {
  const text = process.env[variable];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${variable}=${text} is not a whole number above 0`);
  return value;
}
