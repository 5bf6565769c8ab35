/** What every screen is looked at for. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { visit, type Stage } from './scene.ts';

/** What axe finds on a page, in a line each. */
export const violations = async (page: Page): Promise<string[]> => {
  // The page's policy lets no script in; the protocol of the browser is no part of the page.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const inPage = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations: found } = await inPage.axe.run();
    return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  });
};

/** A length (ms) as pages say it: to the minute, or in seconds below one. */
export const said = (ms: number): string => {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(ms / 60_000);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [...(hours > 0 ? [`${hours} h`] : []), ...(rest > 0 || hours === 0 ? [`${rest} min`] : [])].join(' ');
};

/** Waits until a screen has its numbers, or asks for a key. */
export const settled = (page: Page) =>
  page.waitForFunction(
    () =>
      document.querySelector('[data-screen] *, #key') &&
      !document.querySelector('.shape, main [aria-busy=true], main .before'),
  );

/** Holds a screen of the person against what all of them promise: axe, 320 px, and nothing that goes wrong. */
export const isForEverybody = async (stage: Stage, path: string): Promise<void> => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const viewport = { width: 320, height: 640 };
    const { page, faults, end } = await visit(stage, stage.person, path, { colorScheme, viewport });
    await settled(page);
    assert.equal(await violations(page), [], `${path}, ${colorScheme}`);
    assert.is(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
    assert.equal(faults, []);
    await end();
  }
};
