import type { Logger } from '../log.ts';

/** How long refusals are counted together, in ms. */
const WINDOW = 60_000;
/** Log lines in that time, per address and in total: a flood of wrong keys must not flood the log. */
const OF_ONE = 3;
const OF_ALL = 20;

/** A request that was refused for its key. `forwardedFor` comes from the request, and may be a lie. */
export type Refused = {
  readonly address: string | undefined;
  readonly forwardedFor: string | null;
  readonly requestId?: string;
  readonly method: string;
  readonly path: string;
};

/** A text from a request as it may be logged: without any of our keys, and of limited length. */
export const loggable = (text: string): string => text.replace(/kt_[\w-]{20,}/g, 'kt_…').slice(0, 200);

const later = (work: () => void): void => void setTimeout(work, WINDOW).unref();

/**
 * Logs refused keys: the address and the request, never the key. The first few from an address in a minute get a line
 * each; the others are counted, and reported in one line at the end of the minute.
 */
export const makeRefusals = (log: Pick<Logger, 'warn'>, atTheEnd = later): ((refused: Refused) => void) => {
  const told = new Map<string, number>();
  let lines = 0;
  let untold = 0;
  const end = () => {
    if (untold > 0) log.warn({ requests: untold }, 'more keys were refused');
    told.clear();
    lines = untold = 0;
  };
  return ({ address = 'unknown', forwardedFor, ...request }) => {
    if (lines === 0) atTheEnd(end);
    const before = told.get(address) ?? 0;
    if (lines >= OF_ALL || before >= OF_ONE) {
      untold++;
      return;
    }
    lines++;
    told.set(address, before + 1);
    const forwarded = forwardedFor === null ? {} : { forwardedFor: loggable(forwardedFor) };
    log.warn({ address, ...forwarded, ...request }, 'a key was refused');
  };
};
