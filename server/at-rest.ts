/** Gives memory back while nobody asks for anything: a server that syncs once an hour is at rest most of its life. */
import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How often it is asked whether the process is at rest, in ms. */
const LOOK_EVERY = 10_000;
/** The share of that time in which it may have worked. */
const AT_REST = 0.05;
/** Collecting is worth it once the heap has grown by so many bytes since the last time. */
const GROWN_BY = 16_000_000;

/**
 * Collects all garbage, 30 to 50 ms for the heap of a server. V8 itself does so when something is allocated, so what a
 * burst left would stay for hours: of 88 MB of heap after a first push 45 are in use.
 */
export const collectAll = (): void => {
  setFlagsFromString('--expose-gc');
  // Only contexts that are made from now on have it. The function goes with its context.
  (runInNewContext('gc') as () => void)();
};

type Rest = {
  /** The share of the time since the last call in which the event loop had work, from 0 to 1. */
  readonly worked: () => number;
  /** Bytes that the heap takes. */
  readonly heapBytes: () => number;
  readonly collect: () => void;
};

/** What is done at each look: collects if the process was at rest since the last one, and its heap has grown. */
export const makeLook = ({ worked, heapBytes, collect }: Rest): (() => void) => {
  let after = 0;
  return () => {
    if (worked() > AT_REST || heapBytes() < after + GROWN_BY) return;
    collect();
    after = heapBytes();
  };
};

const workedSince = (): (() => number) => {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
};

/** Collects garbage while this process is at rest, until the function that it returns is called. */
export const giveBackAtRest = (): (() => void) => {
  const look = makeLook({
    worked: workedSince(),
    heapBytes: () => getHeapStatistics().total_heap_size,
    collect: collectAll,
  });
  const timer = setInterval(look, LOOK_EVERY).unref();
  return () => clearInterval(timer);
};
