import { Writable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeLog, type LogFormat } from './log.ts';

const logs = suite('the server’s log');

/** What a log of this form says into a terminal, or into a file. */
const said = (format: LogFormat, isTTY: boolean, say: (log: ReturnType<typeof makeLog>) => void): string => {
  let text = '';
  const write = (chunk: unknown, _encoding: unknown, done: () => void) => {
    text += String(chunk);
    done();
  };
  say(makeLog('warn', format, Object.assign(new Writable({ write, decodeStrings: false }), { isTTY })));
  return text;
};

for (const [format, isTTY, isJson] of [
  ['auto', true, false],
  ['auto', false, true],
  ['pretty', false, false],
  ['json', true, true],
] as const) {
  logs(`of the form ${format} is for ${isJson ? 'programs' : 'people'} in a ${isTTY ? 'terminal' : 'file'}`, () => {
    const text = said(format, isTTY, (log) => log.warn({ disk: 'sda' }, 'there is little room'));
    assert.match(text, /there is little room/);
    assert.is(text.split('\n').length, 2, text);
    assert.is(text.startsWith('{'), isJson, text);
    assert.is(text.includes('\u001b['), isTTY && !isJson, 'colours are for terminals');
    if (isJson) assert.is(JSON.parse(text).disk, 'sda');
  });
}

for (const format of ['json', 'pretty'] as const) {
  logs(`of the form ${format} has no keys`, () => {
    const headers = {
      authorization: 'Bearer kt_secret',
      'x-api-key': 'kt_secret',
      cookie: 'kt_secret',
      'set-cookie': 'kt_secret',
    };
    const text = said(format, false, (log) =>
      log.warn({ headers, made: { key: 'kt_secret' }, link: { claim: 'kt_secret' } }, 'asked'),
    );
    assert.not.match(text, 'kt_secret');
    assert.match(text, /\[redacted\]/);
  });
}

logs.run();
