import { distance } from 'fastest-levenshtein';

/** Longer words are not typing mistakes. */
const MAX_LENGTH = 80;

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/**
 * The known word that was probably meant by `word`; null if none is near. Near means: two letters off, or two in five
 * of a longer word (two swapped letters count as two off); the only one that begins with it; or `section.word` for
 * `word`.
 */
export const closest = (word: string, known: readonly string[]): string | null => {
  const said = word.toLowerCase();
  if (said === '' || said.length > MAX_LENGTH) return null;
  const inSection = known.filter((name) => name !== word && lastPart(name) === said);
  if (inSection.length === 1) return inSection[0]!;
  const [best] = known.map((name) => ({ name, off: distance(said, name.toLowerCase()) })).sort((a, b) => a.off - b.off);
  // With two letters, every word is two off.
  if (
    best &&
    best.off <= Math.max(2, Math.floor(said.length * 0.4)) &&
    best.off < Math.min(said.length, best.name.length) - 1
  )
    return best.name;
  const longer = known.filter((name) => said.length > 2 && name.toLowerCase().startsWith(said));
  return longer.length === 1 ? longer[0]! : null;
};
