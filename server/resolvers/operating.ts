import { factsOf, type DatabaseFacts } from '../storage/facts.ts';
import type { Deps } from './deps.ts';

/** What the operator's commands ask a running server. */
export const makeOperating = ({ database, now }: Deps) => ({
  /** What the database says of itself. */
  databaseFacts: (): Promise<DatabaseFacts> => factsOf(database, () => now().getTime()),
});
