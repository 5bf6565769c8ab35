/**
 * Preloaded into kt-server (NODE_OPTIONS=--require) by `npm run bench -- --detail year`: on SIGUSR2 it tells on stderr,
 * in one line, what its memory is made of.
 */
const { existsSync, readFileSync } = require('node:fs');
const { getHeapSpaceStatistics } = require('node:v8');
const { isMainThread } = require('node:worker_threads');

const mb = (bytes) => Math.round(bytes / 1e6);
if (isMainThread)
  process.on('SIGUSR2', () => {
    const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
    const spaces = getHeapSpaceStatistics().map((s) => `${s.space_name} ${mb(s.space_used_size)}/${mb(s.space_size)}`);
    const maps = new Map();
    if (existsSync('/proc/self/smaps')) {
      let name = '';
      for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
        const head = /^[0-9a-f]+-[0-9a-f]+ (\S+) \S+ \S+ \S+ *(.*)$/.exec(line);
        if (head) name = head[2].startsWith('/') ? head[2].split('/').pop() : head[2] || `anonymous ${head[1]}`;
        const held = /^Rss: +(\d+) kB/.exec(line);
        if (held) maps.set(name, (maps.get(name) ?? 0) + Number(held[1]) * 1024);
      }
    }
    const largest = [...maps].sort((a, b) => b[1] - a[1]).slice(0, 8);
    process.stderr.write(
      `memory: ${JSON.stringify({
        rss: mb(rss),
        heapTotal: mb(heapTotal),
        heapUsed: mb(heapUsed),
        external: mb(external),
        arrayBuffers: mb(arrayBuffers),
        spaces: spaces.join(', '),
        maps: largest.map(([name, bytes]) => `${name} ${mb(bytes)}`).join(', '),
      })}\n`,
    );
  });
