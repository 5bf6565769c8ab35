/**
 * An error's message in one line for people. Prisma's messages begin with a line break and end with the reason. Node's
 * error for a host whose addresses all failed has no message of its own.
 */
export const oneLine = (error: unknown): string => {
  const {
    message = String(error),
    code,
    errors,
  } = (error ?? {}) as { message?: string; code?: string; errors?: unknown[] };
  const lines = message
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  if (lines.length > 0) return /^\s*\n/.test(message) ? lines.at(-1)! : lines[0]!;
  if (errors?.length) return oneLine(errors[0]);
  return code ?? 'it failed, and gave no reason';
};
