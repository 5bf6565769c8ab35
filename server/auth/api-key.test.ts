import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hashApiKey, isApiKey, makeApiKey, sameHash } from './api-key.ts';

const apiKeys = suite('API keys');

apiKeys('are kt_ and 43 characters for 256 bits, and no two alike', () => {
  const made = Array.from({ length: 200 }, makeApiKey);
  for (const { key } of made) {
    assert.match(key, /^kt_[A-Za-z0-9_-]{43}$/);
    assert.is(Buffer.from(key.slice(3), 'base64url').byteLength, 32);
    assert.ok(isApiKey(key));
  }
  assert.is(new Set(made.map(({ key }) => key)).size, 200);
});

apiKeys('are kept as their SHA-256 and a beginning that lets nobody in', () => {
  const { key, prefix, hash } = makeApiKey();
  assert.is(Buffer.from(hash).toString('hex'), createHash('sha256').update(key).digest('hex'));
  assert.is(prefix, key.slice(0, 10));
  assert.not.ok(isApiKey(prefix));
});

apiKeys('are told from what is none', () => {
  const { key } = makeApiKey();
  for (const text of [
    '',
    'kt_',
    key.slice(0, -1),
    `${key}x`,
    ` ${key}`,
    `${key}\n`,
    key.replace('kt_', 'KT_'),
    key.slice(3),
    `kt_${'é'.repeat(43)}`,
    `${key.slice(0, -1)}=`,
  ])
    assert.not.ok(isApiKey(text), JSON.stringify(text));
});

apiKeys('are compared by the whole hash', () => {
  const hash = hashApiKey('a');
  assert.ok(sameHash(hash, hashApiKey('a')));
  assert.not.ok(sameHash(hash, hashApiKey('b')));
  assert.not.ok(sameHash(hash, hash.slice(0, 31)));
});

apiKeys.run();
