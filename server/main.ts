/** The entry of the kt-server process. */
import { setFlagsFromString } from 'node:v8';
import { Cli } from 'clipanion';
import { runServerCli } from './cli.ts';

// Pages of events produce much garbage. By default V8 lets the heap double before it collects.
setFlagsFromString('--heap-growing-percent=20');

process.exitCode = await runServerCli(process.argv.slice(2), { ...Cli.defaultContext });
// Anything still open by then (a connection that does not end, an engine that failed) must not keep the process
// alive.
setTimeout(() => process.exit(), 2_000).unref();
