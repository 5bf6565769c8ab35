/**
 * How long there must be no failure before an outage counts as over, in ms: a server out of connections lets some
 * requests through.
 */
const SETTLED = 5_000;

/** Records failures and successes, and reports an outage twice: when it begins, and when it is over. */
export type Outage = {
  /**
   * Something failed for a reason of the database's own. With `writesAlone`, only a successful write shows that it is
   * over.
   */
  failed(reason: string, writesAlone: boolean): void;
  worked(wrote: boolean): void;
};

/** `tell` gets a line for the log each time. */
export const makeOutage = (tell: (line: string) => void, now: () => number = () => performance.now()): Outage => {
  let current: { readonly since: number; readonly writesAlone: boolean; last: number } | undefined;
  return {
    failed: (reason, writesAlone) => {
      if (current) {
        current.last = now();
        return;
      }
      current = { since: now(), writesAlone, last: now() };
      tell(
        `the database ${writesAlone ? 'takes no writes' : 'does not answer'}: ${reason}; until it does, ` +
          'requests are answered with 503',
      );
    },
    worked: (wrote) => {
      if (!current || (current.writesAlone && !wrote) || now() - current.last < SETTLED) return;
      const seconds = Math.round((current.last - current.since) / 1000);
      const what = current.writesAlone ? 'takes writes' : 'answers';
      current = undefined;
      tell(`the database ${what} again; it did not for ${seconds} s`);
    },
  };
};
