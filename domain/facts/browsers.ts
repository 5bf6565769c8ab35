/** Which windows belong to which browser's bucket: `aw-watcher-web-firefox` records what Firefox shows. */

/** A browser by what its buckets are called, and its windows' names, as different systems give them. */
const BROWSERS: readonly (readonly [named: RegExp, windows: RegExp])[] = [
  [/firefox/i, /firefox|librewolf|waterfox|nightly/i],
  [/chrom/i, /^(google[-_ ]?chrome|chrome|chromium|com\.google\.chrome$|org\.chromium\.chromium$)/i],
  [/edge/i, /^(microsoft[-_ ]?edge|msedge|com\.microsoft\.edge$)/i],
  [/brave/i, /^(brave|com\.brave\.browser$)/i],
  [/opera/i, /^(opera|com\.opera\.opera$)/i],
  [/vivaldi/i, /^(vivaldi|com\.vivaldi\.vivaldi$)/i],
  [/safari/i, /^(safari|com\.apple\.safari$)/i],
  [/arc/i, /^arc(\.exe)?$/i],
  [/zen/i, /^(zen(\.exe)?|zen[-_ ]browser.*|app\.zen_browser\.zen)$/i],
  [/orion/i, /^orion/i],
  [/floorp/i, /^floorp/i],
];

/** What ActivityWatch's extension puts before the browser's name. */
const PREFIX = 'aw-watcher-web-';

/**
 * Whether an application's window is one of the browser whose bucket this is, by the bucket's id on its device. Of a
 * browser that is not known, it is one whose name contains the browser's.
 */
export const isInWindow = (bucketId: string): ((app: string) => boolean) => {
  const { name, known } = browserOf(bucketId);
  if (known) return (app) => known.test(app);
  const wanted = name.toLowerCase();
  return (app) => wanted !== '' && app.toLowerCase().includes(wanted);
};

/** The same as a pattern, as a query program takes it. */
export const windowPattern = (bucketId: string): string => {
  const { name, known } = browserOf(bucketId);
  if (name === '') return '[^\\s\\S]';
  return `(?i)${known?.source ?? name.replace(/[^\p{L}\p{N}_]/gu, '\\$&')}`;
};

const browserOf = (bucketId: string): { readonly name: string; readonly known: RegExp | undefined } => {
  const rest = bucketId.startsWith(PREFIX) ? bucketId.slice(PREFIX.length) : bucketId;
  // A hostname may follow, behind a "_".
  const name = rest.split('_')[0]!;
  return { name, known: BROWSERS.find(([named]) => named.test(name))?.[1] };
};
