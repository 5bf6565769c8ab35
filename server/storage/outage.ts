/**
 * How long nothing may fail before an outage is over, in ms: a server out of connections lets some requests through.
 */
const SETTLED = 5_000;

/** Notes what failed and what worked, and tells an outage twice: when it begins, and when it is over. */
export type Outage = {
  /**
   * Something failed for a reason of the database's own. Where `writesAlone`, only what wrote shows that it is over.
   */
  failed(reason: string, writesAlone: boolean): void;
  worked(wrote: boolean): void;
};

/** `tell` gets one line each time, for the log. */
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
