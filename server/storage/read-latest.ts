/** What a reader of numbers gets: the next one, or why there will be none. */
export type Teller = { tell(value: bigint): void; fail(error: unknown): void };

/**
 * Reads numbers that only rise, for a reader who may be slower than they arrive: it gets only the latest. `start` is
 * called when reading begins, and the function it returns when reading ends: by the reader, by `closed`, or by a
 * failure.
 */
export const readLatest = (closed: AbortSignal, start: (teller: Teller) => () => void): AsyncGenerator<bigint> => {
  const left = new AbortController();
  const inner = read(AbortSignal.any([left.signal, closed]), start);
  const end = inner.return.bind(inner);
  // A generator could only be returned from at its next value, which may never come.
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
