import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parsedUrl } from './parsed-url.ts';

test('knows a URL in any script, however often it was asked', () => {
  for (let n = 0; n < 20_000; n++) if (parsedUrl('https://müller.example') === null) assert.unreachable(`at ${n}`);
  for (const text of ['https://a.example/x', 'kt:y', 'http://[::1]:5700', 'https://例え.jp'])
    assert.ok(parsedUrl(text), text);
  for (const text of ['', 'a.example', 'https://', '//a.example', 'http://a b/'])
    assert.is(parsedUrl(text), null, text);
  assert.is(parsedUrl('/x', 'https://a.example')?.href, 'https://a.example/x');
});

test.run();
