import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

// Not by choice: the tool reads nothing but a default export.
export default {
  preprocess: vitePreprocess({ style: false }),
  compilerOptions: { runes: true },
};
