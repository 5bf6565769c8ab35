#!/usr/bin/env node
import '../cli/check-node.js';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

// A clone runs its sources, by tsx. A package has what was built of them, and no launcher.
const launcher = new URL('../scripts/launch.js', import.meta.url);
if (existsSync(launcher)) await (await import(launcher.href)).launch('client/main.ts', process.argv.slice(2));
else createRequire(import.meta.url)('../dist/client/kt-client.cjs');
