/**
 * A request's path as it came over the wire, before dots are resolved or anything is decoded: `..` is a legal bucket
 * id, and `%61pi` is `api` (spec/rest 1.1). Segments are split first and decoded after. Malformed escapes stay as they
 * are, invalid UTF-8 becomes U+FFFD.
 */
export const segmentsOf = (target: string): string[] =>
  pathOf(target)
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeSegment);

const pathOf = (target: string): string => target.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');

/** How many folders deep a request's path is, as a browser counts where `../` leads: 2 for `/api/0/info`. */
export const foldersOf = (target: string): number => Math.max(0, pathOf(target).split('/').length - 2);

/**
 * A request-target without the folder of the server's public URL: some proxies take it off, others leave it. `folder`
 * is its segments. A target that is not below it is returned unchanged.
 */
export const withoutFolder = (target: string, folder: readonly string[]): string => {
  if (folder.length === 0) return target;
  let rest = target.replace(/^[a-z]+:\/\/[^/?#]*/i, '');
  for (const name of folder) {
    const [whole, segment] = /^\/+([^/?#]+)/.exec(rest) ?? [];
    if (whole === undefined || decodeSegment(segment!) !== name) return target;
    rest = rest.slice(whole.length);
  }
  return rest.startsWith('/') ? rest : `/${rest}`;
};

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
