import { readFileSync } from 'node:fs';
import { run } from './cli.ts';
import { processContext } from './context.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
process.exitCode = await run(process.argv.slice(2), processContext(version));
