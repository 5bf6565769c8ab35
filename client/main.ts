import './memory.ts';
import { VERSION } from '../cli/version.ts';
import { run } from './cli.ts';
import { processContext } from './context.ts';

// Not by an `await` here: built as one CommonJS file, which a single executable has to be, the module may have none.
void run(process.argv.slice(2), processContext(VERSION)).then((code) => (process.exitCode = code));
