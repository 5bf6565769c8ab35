/** kt-server, as a process. */
import { setFlagsFromString } from 'node:v8';
import { Cli } from 'clipanion';
import { runServerCli } from './cli.ts';

// Pages of events leave much garbage behind them. By default V8 lets the heap double before it looks.
setFlagsFromString('--heap-growing-percent=20');

process.exitCode = await runServerCli(process.argv.slice(2), { ...Cli.defaultContext });
// Whatever is still open then (a connection that does not end, an engine that broke off) is no reason to stay.
setTimeout(() => process.exit(), 2_000).unref();
