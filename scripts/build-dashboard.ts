/** Builds the dashboard alone, into dist/web/: `npm start` does so where it is missing or stale (scripts/launch.js). */
import { buildDashboard } from './build/dashboard.ts';

await buildDashboard();
process.stderr.write('Built the dashboard.\n');
