/** The entry of the kt-server process. */
import { Cli } from 'clipanion';
import { runServerCli } from './cli.ts';

process.exitCode = await runServerCli(process.argv.slice(2), { ...Cli.defaultContext });
// Anything still open by then (a connection that does not end, an engine that failed) must not keep the process
// alive.
setTimeout(() => process.exit(), 2_000).unref();
