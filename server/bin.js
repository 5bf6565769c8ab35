#!/usr/bin/env node
import { launch } from '../scripts/launch.js';
await launch('server/main.ts', process.argv.slice(2));
