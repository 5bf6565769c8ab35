/**
 * Splits a list into batches of at most `maxCount` items and `maxBytes` bytes, in order. An item larger than `maxBytes`
 * gets a batch of its own: the receiver decides if it is accepted.
 */
export function* batches<T>(
  items: Iterable<T>,
  maxCount: number,
  maxBytes: number,
  bytesOf: (item: T) => number,
): Generator<T[]> {
  let batch: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item);
    if (batch.length > 0 && (batch.length >= maxCount || bytes + size > maxBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
