/**
 * A request's path as it came over the wire, before dots are resolved or anything is decoded: `..` is a legal bucket
 * id, and `%61pi` is `api` (spec/rest 1.1). Segments are split first and decoded after. Malformed escapes stay as they
 * are, invalid UTF-8 becomes U+FFFD.
 */
export const segmentsOf = (target: string): string[] =>
  target
    .replace(/^[a-z]+:\/\/[^/?#]*/i, '')
    .replace(/[?#].*$/s, '')
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeSegment);

const decodeSegment = (segment: string): string => {
  if (!segment.includes('%')) return segment;
  const bytes: number[] = [];
  const encoded = new TextEncoder().encode(segment);
  for (let i = 0; i < encoded.length; i++) {
    const hex = encoded[i] === 0x25 ? String.fromCharCode(encoded[i + 1] ?? 0, encoded[i + 2] ?? 0) : '';
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes.push(parseInt(hex, 16));
      i += 2;
    } else {
      bytes.push(encoded[i]!);
    }
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
};
