/**
 * `npm run build`: writes dist/, from which a package runs. `npm pack` does it by itself (`prepack`), but not where
 * scripts are off: then build first.
 */
import { rm, writeFile } from 'node:fs/promises';
import { at } from './build/bundle.ts';
import { buildClient, clientPackage, CLIENT_FILE } from './build/client.ts';
import { buildDashboard } from './build/dashboard.ts';
import { filesIn, licencesOf } from './build/licences.ts';
import { buildServer } from './build/server.ts';

const clientFile = at('dist', 'client', CLIENT_FILE);
await rm(at('dist'), { recursive: true, force: true });
const [client, server, dashboard] = await Promise.all([
  buildClient(clientFile),
  buildServer(at('dist', 'server')),
  buildDashboard(),
]);
await writeFile(at('dist', 'kt-client.tgz'), await clientPackage(clientFile, client));
await writeFile(
  at('dist', 'THIRD-PARTY-LICENSES.txt'),
  await licencesOf([...filesIn(client), ...filesIn(server), ...dashboard]),
);
process.stderr.write('Built dist/: what `npm pack` packs, and `node dist/server/main.js` runs.\n');
