import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isFolder, publicUrlOf } from './public-url.ts';

const addresses = suite('the address that kt-server is told');

addresses('is an origin, or a folder of one, in a form that a path can follow', () => {
  for (const [text, address] of [
    ['https://kt.example.org', 'https://kt.example.org'],
    ['HTTPS://KT.example.org:443/', 'https://kt.example.org'],
    ['http://den.lan:5700', 'http://den.lan:5700'],
    ['http://[::1]:5700/', 'http://[::1]:5700'],
    ['https://example.org/kt', 'https://example.org/kt'],
    ['https://example.org/kt/', 'https://example.org/kt'],
    ['https://example.org/kt//', 'https://example.org/kt'],
    ['https://example.org/tools/kt-2.0_a~b/', 'https://example.org/tools/kt-2.0_a~b'],
    ['https://example.org/x/../kt/./', 'https://example.org/kt'],
    ['https://example.org/kt/api', 'https://example.org/kt/api'],
    ['https://example.org/apis', 'https://example.org/apis'],
  ] as const)
    assert.is(publicUrlOf(text), address, text);
});

addresses('is nothing that could be misread in a page, in a shell, or as a path of kt-server itself', () => {
  for (const text of [
    '',
    'kt.example.org',
    'kt.example.org:443/kt',
    'ftp://kt.example.org/',
    'https://user:secret@kt.example.org/',
    'https://example.org/kt?x',
    'https://example.org/kt#x',
    'https://example.org/a//b',
    'https://example.org/a b',
    'https://example.org/"onload=x',
    'https://example.org/a%2Fb',
    "https://example.org/';id;'",
    'https://example.org/$(id)',
    `https://example.org/${'a'.repeat(200)}`,
    ...['api', 'api/0', 'graphql', 'health', 'ready', 'metrics', 'client', 'pages', 'sign-in', 'sign-in-check.js'].map(
      (path) => `https://example.org/${path}/`,
    ),
  ])
    assert.is(publicUrlOf(text), null, text);
});

addresses('has no folder that ends with a slash, or begins without one', () => {
  assert.equal(['', '/kt', '/a/b'].map(isFolder), [true, true, true]);
  assert.equal(['/', '/kt/', 'kt', '/a//b', '//example.org', '/a\n'].map(isFolder), Array(6).fill(false));
});

addresses.run();
