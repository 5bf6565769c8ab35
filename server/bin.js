#!/usr/bin/env node
import '../cli/check-node.js';
import { existsSync } from 'node:fs';

// A clone runs its sources, by tsx. A package has what was built of them, and no launcher.
const launcher = new URL('../scripts/launch.js', import.meta.url);
if (existsSync(launcher)) await (await import(launcher.href)).launch('server/main.ts', process.argv.slice(2));
else await import(new URL('../dist/server/main.js', import.meta.url).href);
