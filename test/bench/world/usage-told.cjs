/**
 * Preloaded into a program (NODE_OPTIONS=--require): at its end it writes into the file of BENCH_USAGE how much CPU it
 * took (µs) and how much memory at most (kB), as the system counts them.
 */
const { writeFileSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

const file = process.env['BENCH_USAGE'];
if (isMainThread && file) process.on('exit', () => writeFileSync(file, JSON.stringify(process.resourceUsage())));
