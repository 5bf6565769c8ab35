/** Colours: of categories as ActivityWatch's setting has them, of anything else by its name, always the same. Pure. */

/** Eight that people with any colour vision can tell apart, and that are seen on white and on black. */
const PALETTE = ['#3b7dd8', '#d9772b', '#1f9e8f', '#b0529b', '#96762f', '#5f9140', '#c8485e', '#7377cc'] as const;

/** Grey: no category. */
const NO_CATEGORY = 'var(--nothing)';

/** The name that the server gives to what no rule matches. */
export const UNCATEGORIZED = 'Uncategorized';

export const colourOfName = (name: string): string => {
  let hash = 2166136261;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
  return PALETTE[(hash >>> 0) % PALETTE.length]!;
};

export type Colours = (category: readonly string[]) => string;

const isHex = (text: unknown): text is string => typeof text === 'string' && /^#([\da-f]{3}|[\da-f]{6})$/i.test(text);

/** `classes`: aw-webui's setting, a list of `{ name: […], data: { color } }`. A category without has its parent's. */
export const makeColours = (classes: unknown): Colours => {
  const set = new Map<string, string>();
  for (const each of Array.isArray(classes) ? (classes as unknown[]) : []) {
    if (typeof each !== 'object' || each === null) continue;
    const { name, data } = each as { name?: unknown; data?: { color?: unknown } | null };
    if (Array.isArray(name) && isHex(data?.color)) set.set(JSON.stringify(name), data.color);
  }
  return (category) => {
    for (let length = category.length; length > 0; length--) {
      const found = set.get(JSON.stringify(category.slice(0, length)));
      if (found !== undefined) return found;
    }
    return category.length === 1 && category[0] === UNCATEGORIZED ? NO_CATEGORY : colourOfName(category[0] ?? '');
  };
};
