/**
 * Preloaded into a program (NODE_OPTIONS=--require): at its end it writes into the file of BENCH_USAGE how much CPU it
 * took, in µs, and how much memory at most, in kB, as the system counts them.
 */
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

const file = process.env['BENCH_USAGE'];
const STATUS = '/proc/self/status';

/** On Linux maxRSS is never less than that of the process which started this one, so the kernel is asked itself. */
const peak = () => {
  const told = existsSync(STATUS) ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(STATUS, 'utf8')) : null;
  return told ? Number(told[1]) : process.resourceUsage().maxRSS;
};

if (isMainThread && file)
  process.on('exit', () => writeFileSync(file, JSON.stringify({ ...process.resourceUsage(), maxRSS: peak() })));
