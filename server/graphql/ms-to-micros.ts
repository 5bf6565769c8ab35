/** Whole milliseconds as microseconds, which is what the scalar DateTime takes. */
export const msToMicros = (ms: bigint): bigint => ms * 1000n;
