import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { JsonObject } from './data.ts';
import { makeSharing } from './shared-data.ts';

const sharing = suite('shared data');
const parsed = (text: string): JsonObject => JSON.parse(text) as JsonObject;

sharing('is the first object of the same keys and values, in the same order', () => {
  const { alike, share } = makeSharing();
  const first = parsed('{"app":"vim","title":"a"}');
  assert.is(alike(first), null);
  assert.is(share(first), first);
  assert.is(alike(parsed('{"app":"vim","title":"a"}')), first);
  assert.is(share(parsed('{"app":"vim","title":"a"}')), first);
});

sharing('is not that of other data, however alike they look', () => {
  const texts = [
    '{}',
    '{"a":""}',
    '{"a":1}',
    '{"a":"1"}',
    '{"b":1}',
    '{"a":1,"b":1}',
    '{"b":1,"a":1}',
    '{"a":"1","b":"1"}',
    '{"a":"11"}',
    '{"a":"","b":"11"}',
    '{"a":null}',
    '{"a":"null"}',
    '{"a":1e400}',
    '{"a":true}',
    '{"a":{}}',
    '{"a":[]}',
    '{"a":{"b":1}}',
    '{"__proto__":1}',
    '{"constructor":1}',
  ];
  const { alike, share } = makeSharing();
  for (const text of texts) {
    assert.is(alike(parsed(text)), null, text);
    if (text.includes('e400')) continue; // no event has it: see local-server.ts
    const data = parsed(text);
    assert.is(share(data), data, text);
  }
});

sharing('has the same JSON text as what it stands for', () => {
  const value = fc.oneof(fc.constantFrom('', '1', 'a', 'ab', 'b', 1, 11, true, null), fc.constant({ a: 'b' }));
  const object = fc.dictionary(fc.constantFrom('a', 'b', 'ab'), value, { maxKeys: 3 });
  fc.assert(
    fc.property(fc.array(object, { maxLength: 30 }), (given) => {
      const { alike, share } = makeSharing();
      const seen = new Map<string, JsonObject>();
      for (const one of given) {
        const data = parsed(JSON.stringify(one));
        const first = alike(data) ?? share(data);
        assert.is(JSON.stringify(first), JSON.stringify(data));
        assert.is(first, seen.get(JSON.stringify(data)) ?? data);
        seen.set(JSON.stringify(data), first);
      }
    }),
  );
});

sharing.run();
