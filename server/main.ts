/** kt-server, as a process. */
import { Cli } from 'clipanion';
import { runServerCli } from './cli.ts';

process.exitCode = await runServerCli(process.argv.slice(2), { ...Cli.defaultContext });
