import type { Database } from '../storage/database.ts';

/** What the rules stand on. `hostname` is the server's own; `now` its clock. */
export type Deps = { readonly database: Database; readonly now: () => Date; readonly hostname: string; readonly testing: boolean };
