import { factsOf, type DatabaseFacts } from '../storage/facts.ts';
import type { Deps } from './deps.ts';

/** For the person at the server's own command line, as accounts.ts. */
export const makeOperating = ({ database, now }: Deps) => ({
  /** What the database says of itself. */
  databaseFacts: (): Promise<DatabaseFacts> => factsOf(database, () => now().getTime()),
});
