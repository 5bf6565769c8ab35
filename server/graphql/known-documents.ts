import type { DocumentNode } from 'graphql';

/**
 * The most characters of documents that are remembered, together; then all are forgotten. A tree of nodes takes 150 to
 * 250 bytes a character (`{a a a …`), so 15 MB at most. What our client and dashboard ask has 12,000.
 */
const MOST = 64 * 1024;

/**
 * Documents that were found valid, so that who asks the same again waits for neither reading nor validating it: of 20
 * documents of ours these take 0.4 to 2 ms. What is remembered is bounded by size, not by count: a cache of a thousand
 * documents grew to 4.3 GB.
 */
export type KnownDocuments = {
  of(text: string): DocumentNode | undefined;
  isKnown(document: DocumentNode): boolean;
  /** Remembers a valid one. */
  keep(text: string, document: DocumentNode): void;
};

export const makeKnownDocuments = (most = MOST): KnownDocuments => {
  const byText = new Map<string, DocumentNode>();
  let known = new WeakSet<DocumentNode>();
  let held = 0;
  return {
    of: (text) => byText.get(text),
    isKnown: (document) => known.has(document),
    keep: (text, document) => {
      if (byText.has(text) || text.length > most / 4) return;
      if (held + text.length > most) {
        byText.clear();
        known = new WeakSet();
        held = 0;
      }
      byText.set(text, document);
      known.add(document);
      held += text.length;
    },
  };
};
