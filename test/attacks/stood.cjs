/**
 * Preloaded into a kt-server whose thread is watched (stands.test.ts). It says on stdout where it listens, on the
 * server's own thread: `/begin` counts anew, `/end` tells the longest that the thread went without coming round to its
 * timers, `/unit` how long a fixed piece of work takes here, and `/stand?units=N` does that work N times in a row:
 * that must be found too long. Times are of this thread's own CPU where the system tells them (Linux), so that what
 * other processes do counts little; else of the clock.
 */
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');

const SCHEDULED = `/proc/self/task/${process.pid}/schedstat`;
const byClock = () => performance.now();
const byCpu = () => Number(readFileSync(SCHEDULED, 'latin1').split(' ', 1)[0]) / 1e6;
let now = byCpu;
try {
  byCpu();
} catch {
  now = byClock;
}

const EVENTS = JSON.stringify(
  Array.from({ length: 4_000 }, (_, n) => ({
    timestamp: new Date(1.7e12 + n * 1000).toISOString(),
    duration: n,
    data: { app: `app ${n % 20}`, title: `title ${n}` },
  })),
);
/** Some 100 ms on a core of 2023 that has nothing else to do. */
const ROUNDS = 27;
const unit = () => {
  const began = now();
  for (let round = 0; round < ROUNDS; round++) JSON.stringify(JSON.parse(EVENTS));
  return now() - began;
};

let last = now();
let longest = 0;
const look = () => {
  const at = now();
  longest = Math.max(longest, at - last);
  last = at;
};
// Due in each round of the loop that takes a millisecond, and so looks at each that takes long.
setInterval(look, 1).unref();

const answers = {
  '/begin': () => {
    globalThis.gc();
    last = now();
    longest = 0;
    return {};
  },
  '/end': () => {
    look();
    return { longest };
  },
  '/unit': () => ({ unit: Math.min(unit(), unit(), unit()) }),
  '/stand': (units) => {
    for (let n = 0; n < units; n++) unit();
    return {};
  },
};
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  response.end(JSON.stringify(answers[pathname](Number(searchParams.get('units')))));
});
server.listen(0, '127.0.0.1', () => console.log(`watched at ${server.address().port}`));
server.unref();
