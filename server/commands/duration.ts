import { KtError } from '../../domain/errors.ts';

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A time as people write it, `90m` or `7d`, in seconds. Fails with `invalid`, naming the option. */
export const secondsOf = (option: string, text: string): number => {
  const [, count, unit] = /^(\d{1,8})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new KtError('invalid', `${option} must be like 30m, 24h or 7d, and is ${text}`);
  return Number(count) * SECONDS[unit!]!;
};
