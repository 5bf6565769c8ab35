/** Something that a person does to the account: one at a time, with the server's words against it. */
import { queries } from '../../data/queries.ts';

export const makeActs = () => {
  let failed = $state<string | null>(null);
  let busy = $state(false);
  return {
    get failed() {
      return failed;
    },
    get busy() {
      return busy;
    },
    /** Forgets what was said against the one before. */
    forget: (): void => void (failed = null),
    /** Does it, and asks for everything that is shown anew, if it `changes` something. False if it failed. */
    act: async (work: () => Promise<unknown>, changes = true): Promise<boolean> => {
      failed = null;
      busy = true;
      try {
        await work();
        if (changes) await queries.invalidateQueries();
        return true;
      } catch (error) {
        failed = error instanceof Error ? error.message : String(error);
        return false;
      } finally {
        busy = false;
      }
    },
  };
};
