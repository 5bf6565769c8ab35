import { canonicalJson, type JsonObject } from '../../data.ts';
import { oncePerData } from './once-per-data.ts';
import type { Span } from './span.ts';

/**
 * The events whose `key` has one of `values`, by deep equality: `"7"` is not 7, and `["Work"]` not `["Work", "Email"]`.
 *
 *   in    [vim][web][mail][vim]
 *   out   [vim]           [vim]       (app, ["vim"])
 *
 * spec/query 3.12. The values are looked up by their canonical text, so their number costs nothing per event.
 */
export const filterKeyvals = (spans: readonly Span[], key: string, values: readonly unknown[]): Span[] => {
  const has = hasOneOf(key, values);
  return spans.filter((span) => has(span.data));
};

/** The others: those with another value, and those without the key. */
export const excludeKeyvals = (spans: readonly Span[], key: string, values: readonly unknown[]): Span[] => {
  const has = hasOneOf(key, values);
  return spans.filter((span) => !has(span.data));
};

const hasOneOf = (key: string, values: readonly unknown[]): ((data: JsonObject) => boolean) => {
  const texts = new Set(values.map(canonicalJson));
  return oncePerData((data) => Object.hasOwn(data, key) && texts.has(canonicalJson(data[key])));
};
