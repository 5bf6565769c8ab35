/** What the values of lanes are: asked for as they come into sight, and kept. */
import { ask, Unreachable } from '../../data/ask.ts';
import { LaneValuesDocument } from './generated.ts';

type Value = {
  readonly app: string | null;
  readonly title: string | null;
  readonly domain: string | null;
  readonly category: readonly string[];
};

/** As many as the server tells at once. */
const AT_ONCE = 1_000;
/** What was kept before it begins anew. */
const MOST_KEPT = 50_000;
/** What texts are kept of, in characters: an event tells the whole. */
const LONGEST = 500;
/** After the server did not answer, in ms. */
const AGAIN_AFTER = 3_000;

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value.slice(0, LONGEST) : null);
const domainOf = (url: unknown): string | null => {
  try {
    return typeof url === 'string' ? new URL(url).hostname.replace(/^www\./, '') : null;
  } catch {
    return null;
  }
};
const valueOf = (data: unknown, category: readonly string[]): Value => {
  const { app, title, url } = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  return { app: textOf(app), title: textOf(title), domain: domainOf(url), category };
};

export const makeValues = () => {
  let known = new Map<number, Value | null>();
  let version = $state(0);
  let wanted: readonly number[] = [];
  let most = AT_ONCE;
  let running = false;
  const stop = new AbortController();

  const next = async (ids: readonly number[]): Promise<void> => {
    const into = known;
    try {
      const { eventValues } = await ask(LaneValuesDocument, { valueIds: ids.map(String) }, stop.signal);
      // Those that are gone are known to be nothing.
      for (const id of ids) into.set(id, null);
      for (const { id, data, category } of eventValues) into.set(Number(id), valueOf(data, category));
      most = Math.min(AT_ONCE, most * 2);
      version++;
    } catch (error) {
      if (stop.signal.aborted) return;
      if (error instanceof Unreachable) await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
      // Too large an answer: fewer at a time, down to the one that is too large by itself.
      else if (ids.length === 1) into.set(ids[0]!, null);
      else most = Math.ceil(ids.length / 4);
    }
  };
  const run = async (): Promise<void> => {
    if (running) return;
    running = true;
    for (;;) {
      const ids = wanted.filter((id) => !known.has(id)).slice(0, most);
      if (ids.length === 0 || stop.signal.aborted) break;
      await next(ids);
    }
    running = false;
  };

  return {
    /** What a value is; undefined until that is known, null where it is gone. */
    get: (id: number): Value | null | undefined => known.get(id),
    /** Changes whenever more is known. */
    version: (): number => version,
    /** What is in sight, the most important first. */
    want: (ids: readonly number[]): void => {
      if (known.size > MOST_KEPT) known = new Map();
      wanted = ids;
      void run();
    },
    /** Forgets all of it: categories have changed. */
    forget: (): void => {
      known = new Map();
      version++;
      void run();
    },
    stop: (): void => stop.abort(),
  };
};
