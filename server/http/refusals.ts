import type { Logger } from '../log.ts';

/** How long refusals are counted together, in ms. */
const WINDOW = 60_000;
/** Lines in that time, of one address and of all: a flood of wrong keys must not be one of lines. */
const OF_ONE = 3;
const OF_ALL = 20;

/**
 * A request that showed a key and was refused for it. `forwardedFor` is what the request says of itself, and may be a
 * lie.
 */
export type Refused = {
  readonly address: string | undefined;
  readonly forwardedFor: string | null;
  readonly method: string;
  readonly path: string;
};

/** What may stand in the log of a text that somebody sent: none of our keys, and not too much. */
export const loggable = (text: string): string => text.replace(/kt_[\w-]{20,}/g, 'kt_…').slice(0, 200);

const later = (work: () => void): void => void setTimeout(work, WINDOW).unref();

/**
 * Tells the log of refused keys, never the key: from where, and what was asked. The first few of an address in a minute
 * have a line each, the others are counted, and told in one line when the minute is over.
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
  return ({ address = 'unknown', forwardedFor, method, path }) => {
    if (lines === 0) atTheEnd(end);
    const before = told.get(address) ?? 0;
    if (lines >= OF_ALL || before >= OF_ONE) {
      untold++;
      return;
    }
    lines++;
    told.set(address, before + 1);
    const forwarded = forwardedFor === null ? {} : { forwardedFor: loggable(forwardedFor) };
    log.warn({ address, ...forwarded, method, path }, 'a key was refused');
  };
};
