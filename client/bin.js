#!/usr/bin/env node
import { launch } from '../scripts/launch.js';
await launch('client/main.ts', process.argv.slice(2));
