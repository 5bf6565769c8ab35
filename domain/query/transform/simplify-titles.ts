import { oncePerData } from './once-per-data.ts';
import { withData, type Span } from './span.ts';

/** Python's white space: JavaScript's `\s` lacks U+001C–001F and U+0085, and has U+FEFF. */
const BLANK = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const COUNT = new RegExp(`^\\([0-9]+\\)${BLANK}*`, 'u');
const FPS = new RegExp(`FPS:${BLANK}+[0-9.]+`, 'gu');
const MARK = new RegExp(`^[●*]${BLANK}*`, 'u');

/**
 * Removes from titles what changes all the time, so that they group:
 *
 *   in    [(12) Inbox][● notes.md][Game FPS: 59.8][Game FPS: 60.1]
 *   out   [Inbox     ][notes.md  ][Game FPS: ... ][Game FPS: ... ]
 *
 * The count goes from any `key`; the other two only from the `title` of an event that also has an `app`
 * (spec/query 3.15).
 */
export const simplifyTitles = (spans: readonly Span[], key: string): Span[] => {
  const simplified = oncePerData((data) => {
    const title = Object.hasOwn(data, key) ? data[key] : null;
    if (typeof title !== 'string') return data;
    const uncounted = title.replace(COUNT, '');
    const ofWindow = key === 'title' && Object.hasOwn(data, 'app');
    return { ...data, [key]: ofWindow ? uncounted.replace(FPS, 'FPS: ...').replace(MARK, '') : uncounted };
  });
  return spans.map((span) => withData(span, simplified(span.data)));
};
