import * as assert from 'uvu/assert';
import { JSON_TYPE, type Reply } from './asker.ts';

/** 200 and an empty object, which scripts can parse (spec/rest DEV-18). */
export const expectEmpty = (reply: Reply): void => {
  assert.is(reply.status, 200, reply.text);
  assert.is(reply.text, '{}');
  assert.is(reply.headers.get('content-length'), '2');
  assert.is(reply.headers.get('content-type'), JSON_TYPE);
};

/** An error as every client can show it (spec/rest DEV-2); `status` may be a list of those allowed. */
export const expectFailure = (reply: Reply, ...status: number[]): void => {
  if (status.length > 0)
    assert.ok(status.includes(reply.status), `${reply.status} instead of ${status}: ${reply.text}`);
  else assert.ok(reply.status >= 400 && reply.status < 500, `${reply.status}: ${reply.text}`);
  assert.is(reply.headers.get('content-type'), JSON_TYPE);
  assert.equal(Object.keys(reply.json), ['message']);
  assert.type(reply.json.message, 'string');
};

/** Durations agree to the microsecond (spec/rest 1.4). */
export const expectSeconds = (actual: unknown, expected: number): void => {
  assert.type(actual, 'number');
  assert.ok(Math.abs((actual as number) - expected) < 1e-6, `${actual} s instead of ${expected} s`);
};
