import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { movedUrl } from './moved-url.ts';

const urls = suite('where an account may be moved to');

const CASES: readonly (readonly [text: string, url: string | null])[] = [
  ['https://cell2.example', 'https://cell2.example'],
  ['https://CELL2.example:443/', 'https://cell2.example'],
  ['https://cell2.example:5600/kt//', 'https://cell2.example:5600/kt'],
  ['http://127.0.0.1:5601', 'http://127.0.0.1:5601'],
  ['http://[::1]:5601/', 'http://[::1]:5601'],
  ['http://cell2.example', null],
  ['http://127.0.0.1.example', null],
  ['https://user@cell2.example', null],
  ['https://:secret@cell2.example', null],
  ['https://cell2.example/?key=1', null],
  ['https://cell2.example/#key', null],
  ['file:///etc/passwd', null],
  ['javascript:alert(1)', null],
  ['//cell2.example', null],
  ['cell2.example', null],
  ['', null],
];
for (const [text, url] of CASES)
  urls(`is ${url === null ? 'not ' : ''}${JSON.stringify(text)}`, () => assert.is(movedUrl(text), url));

urls.run();
