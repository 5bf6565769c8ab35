/**
 * Preloaded into a kt-server whose requests are measured (costs.ts, with --expose-gc): told to begin, it collects its
 * garbage and counts anew; told to end, it says what was used since.
 */
const { monitorEventLoopDelay } = require('node:perf_hooks');

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let cpu = process.cpuUsage();
let before = 0;
let peak = 0;
const look = () => (peak = Math.max(peak, process.memoryUsage.rss()));
setInterval(look, 10).unref();

process.on('message', (message) => {
  if (message === 'begin') {
    globalThis.gc();
    before = process.memoryUsage.rss();
    peak = 0;
    cpu = process.cpuUsage();
    // The collection itself is no delay of a request's.
    setTimeout(() => {
      delay.reset();
      process.send('begun');
    }, 20);
    return;
  }
  const { user, system } = process.cpuUsage(cpu);
  look();
  process.send({ cpuMs: (user + system) / 1000, grownMb: (peak - before) / 2 ** 20, delayMs: delay.max / 1e6 });
});
process.channel.unref();
