/** Builds the dashboard (`scripts/build/dashboard.ts`), and serves it while it is worked on: `npm run dev -w web`. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

/** Where a kt-server runs while the dashboard is worked on. */
const SERVER = process.env['KT_DEV_SERVER'] ?? 'http://127.0.0.1:5700';

/** The texts of questions, without what codegen indents them with. */
const shortQueries: Plugin = {
  name: 'short-queries',
  enforce: 'pre',
  transform: (code, id) =>
    id.endsWith('/generated.ts')
      ? code.replace(/TypedDocumentString\(`[^`]*`\)/g, (text) => text.replace(/\s+/g, ' '))
      : null,
};

// Not by choice: the tool reads nothing but a default export.
export default defineConfig({
  root: import.meta.dirname,
  // Whatever folder a proxy puts it in: the page says where it lies, files find each other.
  base: './',
  plugins: [shortQueries, svelte()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    assetsDir: 'app',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 200,
  },
  server: {
    proxy: Object.fromEntries(
      ['/graphql', '/auth', '/api', '/health', '/client'].map((path) => [path, { target: SERVER, changeOrigin: true }]),
    ),
  },
});
