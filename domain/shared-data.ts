/** Data that many events have in common, as one object: what is worked out of it is worked out once. */
import { canonicalJson, type JsonObject } from './data.ts';

/**
 * Canonical texts of shared data; '' until somebody asks. Only of data that is marked: an entry for each event's own
 * object costs four times what it saves, in garbage collection.
 */
const texts = new WeakMap<JsonObject, string>();

/** Marks an object as the data of several events. From then on nobody may change it. */
export const markShared = (data: JsonObject): void => {
  if (!texts.has(data)) texts.set(data, '');
};

/** `canonicalJson` of an event's data; computed once for an object that is shared. */
export const canonicalData = (data: JsonObject): string => {
  const known = texts.get(data);
  if (known === undefined) return canonicalJson(data);
  if (known !== '') return known;
  const text = canonicalJson(data);
  texts.set(data, text);
  return text;
};

/**
 * Makes events share the data that they have in common: returns the first object of the same JSON text. For one batch:
 * it keeps every text.
 */
export const makeSharing = (): ((data: JsonObject) => JsonObject) => {
  const byText = new Map<string, JsonObject>();
  return (data) => {
    const text = JSON.stringify(data);
    const first = byText.get(text);
    if (first === undefined) {
      byText.set(text, data);
      return data;
    }
    markShared(first);
    return first;
  };
};
