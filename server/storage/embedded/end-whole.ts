import type { PGlite } from '@electric-sql/pglite';
import { KtError } from '../../../domain/errors.ts';

/** The parts of the engine's module that its message loop calls around a statement. */
type Loop = Record<
  '_PostgresMainLoopOnce' | '_PostgresSendReadyForQueryIfNecessary' | '_pgl_pq_flush' | 'stackSave' | 'stackRestore',
  (...args: unknown[]) => unknown
>;
/** The exception by which PostgreSQL leaves a statement that failed; any other means that the engine has ended. */
const LONGJMP = 100;

/** What everybody is told who asks an engine that ended. */
export const hasEnded = (why: string): KtError =>
  new KtError('unavailable', `the embedded database has ended (${why}): start kt-server again`);

/**
 * Makes an engine that ended (a PANIC aborts it) throw on every later call. PGlite does not notice by itself: it would
 * call the engine for ever, or wait for a lock that is never released, at 100 % CPU and deaf to signals. `ended` is
 * called once.
 */
export const endWhole = (pglite: PGlite, ended: (why: string) => void): void => {
  const module = pglite.Module as unknown as Loop & { readonly [key: string]: unknown };
  const once = module._PostgresMainLoopOnce;
  module._PostgresMainLoopOnce = () => {
    try {
      return once();
    } catch (error) {
      if ((error as { status?: number }).status === LONGJMP) throw error;
      const why = ((error as Error).message ?? String(error)).split('\n')[0]!;
      const over = () => {
        throw hasEnded(why);
      };
      module.stackSave = over;
      module.stackRestore = over;
      module._PostgresMainLoopOnce = over;
      module._PostgresSendReadyForQueryIfNecessary = () => undefined;
      module._pgl_pq_flush = () => undefined;
      ended(why);
      return over();
    }
  };
};
