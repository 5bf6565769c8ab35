/**
 * The most events of a bucket that start in one millisecond, and the most bytes of their data as stored: an instant is
 * always sent as a whole.
 */
export const MOST_AT_ONCE = { events: 20_000, bytes: 32_000_000 };
