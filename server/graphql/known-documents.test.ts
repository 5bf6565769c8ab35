import { parse } from 'graphql';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeKnownDocuments } from './known-documents.ts';

const known = suite('documents that are known');

const document = (name: string) => {
  const text = `{ ${name} }`;
  return { text, parsed: parse(text) };
};

known('a document that is kept is found by its text', () => {
  const documents = makeKnownDocuments();
  const { text, parsed } = document('viewer');
  assert.is(documents.of(text), undefined);
  assert.not(documents.isKnown(parsed));
  documents.keep(text, parsed);
  assert.is(documents.of(text), parsed);
  assert.ok(documents.isKnown(parsed));
  assert.not(documents.isKnown(parse(text)));
});

known('no more characters are kept than there is room for, and no document takes more than a quarter', () => {
  const documents = makeKnownDocuments(100);
  const all = Array.from({ length: 30 }, (_, i) => document(`field${i}`));
  for (const { text, parsed } of all) {
    documents.keep(text, parsed);
    const kept = all.filter((one) => documents.of(one.text));
    assert.ok(kept.reduce((sum, one) => sum + one.text.length, 0) <= 100);
    assert.ok(documents.of(text));
    assert.equal(
      all.filter((one) => documents.isKnown(one.parsed)),
      kept,
    );
  }
  const long = document('a'.repeat(30));
  documents.keep(long.text, long.parsed);
  assert.is(documents.of(long.text), undefined);
});

known.run();
