/** Pieces as one, in memory of its own, which can be given to another thread: `Buffer.concat` may take it of a pool. */
export const joined = (pieces: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
};
