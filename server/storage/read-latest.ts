/** What a reader of numbers is told: another one, or why there will be none. */
export type Teller = { tell(value: bigint): void; fail(error: unknown): void };

/**
 * Reads numbers that only rise, for a reader who may be slower than they come: of several that nobody took yet the last
 * alone is given. `start` is called when reading begins, and what it returns when that ends: by the reader, by
 * `closed`, or by a failure.
 */
export const readLatest = (closed: AbortSignal, start: (teller: Teller) => () => void): AsyncGenerator<bigint> => {
  const left = new AbortController();
  const inner = read(AbortSignal.any([left.signal, closed]), start);
  const end = inner.return.bind(inner);
  // A plain generator would come to its return with its next value, which may never be.
  inner.return = (value) => {
    left.abort();
    return end(value);
  };
  return inner;
};

const read = async function* (over: AbortSignal, start: (teller: Teller) => () => void): AsyncGenerator<bigint> {
  let latest = -1n;
  let failed: { readonly error: unknown } | undefined;
  let wake = () => {};
  const waken = () => wake();
  over.addEventListener('abort', waken);
  const stop = start({
    tell: (value) => {
      if (value > latest) latest = value;
      wake();
    },
    fail: (error) => {
      failed ??= { error };
      wake();
    },
  });
  try {
    for (let given = -1n; !over.aborted; ) {
      if (failed) throw failed.error;
      if (latest > given) yield (given = latest);
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    stop();
    over.removeEventListener('abort', waken);
  }
};
