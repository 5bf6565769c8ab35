/** Light or dark: as the system has it, unless this browser was told otherwise. */
import { keep, kept } from '../words/words.svelte.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
const KEPT = 'kt-theme';

const valid = (name: string | null): Theme => THEMES.find((theme) => theme === name) ?? 'system';

let current = $state<Theme>('system');

const apply = (theme: Theme): void => {
  current = theme;
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
};
apply(valid(kept(KEPT)));

export const theme = (): Theme => current;
export const setTheme = (next: Theme): void => {
  keep(KEPT, next);
  apply(next);
};
