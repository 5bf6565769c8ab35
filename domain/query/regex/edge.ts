import { CLASSES, makeMembership } from './character-class.ts';
import type { Edge } from './pattern.ts';

const isWord = makeMembership(CLASSES['w']!, false, false);
const LINE_FEED = 10;

/** Is there an edge of this kind at a place of the text? */
export const holdsAt = (edge: Edge, points: readonly number[], at: number): boolean => {
  const { length } = points;
  switch (edge) {
    case 'start':
      return at === 0;
    case 'lineStart':
      return at === 0 || points[at - 1] === LINE_FEED;
    case 'end':
      return at === length;
    case 'last':
      return at === length || (at === length - 1 && points[at] === LINE_FEED);
    case 'lineEnd':
      return at === length || points[at] === LINE_FEED;
    default: {
      // In Python an empty text has neither.
      const boundary = (at > 0 && isWord(points[at - 1]!)) !== (at < length && isWord(points[at]!));
      return boundary === (edge === 'word') && length > 0;
    }
  }
};
