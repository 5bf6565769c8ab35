import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { span } from '../../../test/query/some-spans.ts';
import { splitUrlEvents } from './split-url.ts';

const split = (url: unknown) => {
  const { $protocol, $domain, $path, $params, $options, $identifier } = splitUrlEvents([span(1, 0, 1, { url })])[0]!
    .data;
  return [$protocol, $domain, $path, $params, $options, $identifier];
};

// What urllib.parse.urlparse of CPython 3.11 gives, with the domain as aw-core makes it.
const cases: [string, string[]][] = [
  ['https://www.example.org/a/b;p?q=1#top', ['https', 'example.org', '/a/b', 'p', 'q=1', 'top']],
  ['HTTP://user:pw@www.Example.org:81', ['http', 'user:pw@www.Example.org:81', '', '', '', '']],
  ['https://www.www.x.org/?a=1?b#c#d', ['https', 'www.x.org', '/', '', 'a=1?b', 'c#d']],
  ['http://x/a;1/b;2;3', ['http', 'x', '/a;1/b', '2;3', '', '']],
  ['about:blank', ['about', 'about', 'blank', '', '', '']],
  ['chrome://newtab/;x', ['chrome', 'newtab', '/;x', '', '', '']],
  ['no scheme: here', ['', '', 'no scheme: here', '', '', '']],
  ['//host/p', ['', 'host', '/p', '', '', '']],
  ['ht\ttp://x\n/y', ['http', 'x', '/y', '', '', '']],
  ['http://[::1]:5600/x', ['http', '[::1]:5600', '/x', '', '', '']],
  ['', ['', '', '', '', '', '']],
];

const splits = suite('split_url_events');

for (const [url, parts] of cases) splits(JSON.stringify(url), () => assert.equal(split(url), parts));

splits('leave alone what is no url, or has half a bracket', () => {
  for (const data of [{}, { url: 5 }, { url: null }, { url: 'http://[::1/x' }]) {
    assert.equal(splitUrlEvents([span(1, 0, 1, data)]), [span(1, 0, 1, data)]);
  }
});

splits.run();
