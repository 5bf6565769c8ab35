/** What a browser is called where its person is asked whether it is theirs. */
import Bowser from 'bowser';

/** What of a User-Agent a person recognizes, `Firefox 141 on Linux`; its beginning where it is no known browser's. */
export const browserNamed = (userAgent: string | null): string => {
  const text = (userAgent ?? '')
    .slice(0, 500)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
  if (text === '') return 'unknown';
  const { browser, os } = Bowser.parse(text);
  const version = /^\d{1,5}/.exec(browser.version ?? '')?.[0];
  if (!browser.name || version === undefined) return text.slice(0, 60);
  return `${browser.name} ${version}${os.name ? ` on ${os.name}` : ''}`;
};
