import { oncePerData } from './once-per-data.ts';
import type { Span } from './span.ts';

/**
 * The events whose `key` has a string in which the pattern is found. Other values never match (spec/query 3.13).
 *
 *   in    [Firefox][code][firefox-esr][7]
 *   out                  [firefox-esr]          (app, "^fire")
 */
export const filterKeyvalsRegex = (spans: readonly Span[], key: string, found: (text: string) => boolean): Span[] => {
  const matches = oncePerData((data) => {
    const value = Object.hasOwn(data, key) ? data[key] : null;
    return typeof value === 'string' && found(value);
  });
  return spans.filter((span) => matches(span.data));
};
