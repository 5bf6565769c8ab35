/**
 * What a migration carries over in pages (pages.sql beside its migration.sql) before it is applied: rows too many for
 * one transaction. The statement moves one page and notes how far it came; it is run again and again, each time in a
 * transaction of its own, until its page has no rows. So a process that ends in the middle loses one page at most.
 */
import { KtError } from '../../domain/errors.ts';
import type { Driver } from './database.ts';
import { driverErrorToKtError, reasonOf } from './errors.ts';

/** How often progress is told, in ms. */
const TELL_EVERY = 5_000;

/** A page's statement gives one row: how many rows the page had, and how many were carried by then in all. */
type Page = { readonly rows: number; readonly done: number };

/** What the caller gives: `stop` ends it between two pages, `tell` gets lines for the log. */
export type Carrying = { readonly stop?: AbortSignal | undefined; readonly tell?: (line: string) => void };

/**
 * Pages.sql begins with `-- Rows of: old_a or a, old_b or b`: where the rows lie that it carries, by the table's name
 * from the moment it can run, or what it is called before that.
 */
const tablesOf = (pages: string): string[][] =>
  (/^-- Rows of: ([\w, ]+)$/m.exec(pages)?.[1] ?? '').split(', ').map((names) => names.split(' or '));

/** How many rows `pages` carries over in all, those that were carried already among them. Counts them: some seconds. */
export const rowsToCarry = async ({ rows }: Driver, pages: string): Promise<number> => {
  let all = 0;
  for (const names of tablesOf(pages)) {
    const [found] = await rows<{ name: string | null }>(
      `select coalesce(${names.map((name) => `to_regclass('${name}')`).join(', ')})::text as name`,
    );
    if (found?.name == null) continue;
    const [counted] = await rows<{ rows: number }>(`select count(*)::float8 as rows from ${found.name}`);
    all += counted!.rows;
  }
  return all;
};

const shown = (count: number): string => count.toLocaleString('en');

/**
 * Carries over all that is left. Fails with `unavailable` where the disk is full or the database is gone, and keeps
 * what was carried by then.
 */
export const carryOver = async (
  driver: Driver,
  name: string,
  pages: string,
  { stop, tell = () => {} }: Carrying = {},
): Promise<void> => {
  const all = await rowsToCarry(driver, pages);
  let told = Number.NEGATIVE_INFINITY;
  for (;;) {
    stop?.throwIfAborted();
    const { rows, done } = await onePage(driver, name, pages);
    if (rows === 0) {
      if (done > 0) tell(`carried ${shown(done)} events over`);
      return;
    }
    if (performance.now() - told >= TELL_EVERY) {
      tell(`carrying events over: ${shown(done)} of about ${shown(all)}`);
      told = performance.now();
    }
    // The embedded engine answers without a turn of the event loop, which signals and its checkpoints wait for.
    await new Promise((resolve) => setImmediate(resolve));
  }
};

const onePage = async ({ rows }: Driver, name: string, pages: string): Promise<Page> => {
  try {
    const [page] = await rows<Page>(pages);
    return page!;
  } catch (error) {
    const known = driverErrorToKtError(error);
    throw new KtError(
      known instanceof KtError ? known.code : 'internal',
      `carrying events over for the migration ${name} was broken off (${reasonOf(error)}): what was carried is kept, ` +
        'and the next start goes on from there',
      {},
      { cause: error },
    );
  }
};
