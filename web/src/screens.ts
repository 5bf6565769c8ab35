/** The screens, in the order of the navigation. Each is loaded when it is first shown. */
import type { Component } from 'svelte';
import { isOverview } from './place/current.ts';
import type { Span } from './place/range.ts';
import { withWords, type Words } from './words/words.svelte.ts';

export type Screen = {
  readonly name: keyof Words['pages'];
  /** Where the navigation leads. */
  readonly path: string;
  readonly load: () => Promise<{ readonly default: Component }>;
  /** The span that it shows where the address says none; without it, the screen is of no days. */
  readonly span?: Span;
  /** Whether the navigation has it; else links lead there. */
  readonly hidden?: true;
  /** Whether it is for who administers the server: nobody else is led there. */
  readonly forAdmins?: true;
};

const SCREENS: readonly Screen[] = [
  { name: 'today', path: '', load: () => import('./screens/Overview.svelte'), span: 'day' },
  { name: 'lanes', path: 'lanes', load: withWords(() => import('./screens/Lanes.svelte')), span: 'day' },
  { name: 'explore', path: 'explore', load: withWords(() => import('./screens/Explore.svelte')), span: 'week' },
  { name: 'trends', path: 'trends', load: withWords(() => import('./screens/Trends.svelte')) },
  { name: 'year', path: 'year', load: withWords(() => import('./screens/Year.svelte')), span: 'year' },
  { name: 'categories', path: 'categories', load: withWords(() => import('./screens/Categories.svelte')) },
  { name: 'devices', path: 'devices', load: withWords(() => import('./screens/Devices.svelte')) },
  { name: 'people', path: 'people', load: withWords(() => import('./screens/People.svelte')), forAdmins: true },
  { name: 'account', path: 'account', load: withWords(() => import('./screens/Account.svelte')) },
  { name: 'welcome', path: 'welcome', load: withWords(() => import('./screens/Welcome.svelte')), hidden: true },
  { name: 'device', path: 'device', load: withWords(() => import('./screens/Device.svelte')), hidden: true },
];

/** Those that somebody is led to. */
export const screensFor = ({ isAdmin }: { readonly isAdmin: boolean }): readonly Screen[] =>
  SCREENS.filter(({ forAdmins }) => !forAdmins || isAdmin);

/** The screen at a path; null if there is none. */
export const screenAt = (path: readonly string[]): Screen | null =>
  isOverview(path) ? SCREENS[0]! : (SCREENS.find((screen) => path.length === 1 && screen.path === path[0]) ?? null);
