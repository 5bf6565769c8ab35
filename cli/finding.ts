/** One line of a doctor: what was checked, the result, and what to do if it is bad. */
export type Finding = {
  readonly about: string;
  /** A `problem` stops a sync or a server, or breaks a promise; a `warn` is worth knowing. */
  readonly level: 'ok' | 'warn' | 'problem';
  readonly said: string;
  readonly todo: string | null;
};

export const ok = (about: string, said: string): Finding => ({ about, level: 'ok', said, todo: null });
export const warn = (about: string, said: string, todo: string): Finding => ({ about, level: 'warn', said, todo });
export const problem = (about: string, said: string, todo: string | null): Finding => ({
  about,
  level: 'problem',
  said,
  todo,
});
