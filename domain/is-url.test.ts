import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isUrl } from './is-url.ts';

test('knows a URL in any script, however often it was asked', () => {
  for (let n = 0; n < 20_000; n++) if (!isUrl('https://müller.example')) assert.unreachable(`at ${n}`);
  for (const text of ['https://a.example/x', 'kt:y', 'http://[::1]:5700', 'https://例え.jp'])
    assert.ok(isUrl(text), text);
  for (const text of ['', 'a.example', 'https://', '//a.example', 'http://a b/']) assert.not.ok(isUrl(text), text);
  assert.ok(isUrl('/x', 'https://a.example'));
});

test.run();
