import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { browserNamed } from './browser-name.ts';

const browsers = suite('browsers');

const AGENTS: readonly [userAgent: string | null, name: string][] = [
  ['Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0', 'Firefox 141 on Linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/139.0.0.0 Safari/537.36',
    'Chrome 139 on Windows',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/139.0.0.0 Safari/537.36 Edg/139.0.3405.86',
    'Microsoft Edge 139 on Windows',
  ],
  ['Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/139.0.0.0 Mobile Safari/537.36', 'Chrome 139 on Android'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.4.1 Safari/605.1.15',
    'Safari 17 on macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 CriOS/124.0 Mobile Safari/604.1',
    'Chrome 124 on iOS',
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36',
    'Chrome 156 on Linux',
  ],
  ['Firefox/141', 'Firefox 141'],
  ['curl/8.5.0', 'curl/8.5.0'],
  ['a\u0000b\n\u202ec <script>', 'a b c <script>'],
  [`x${'y'.repeat(10_000)}`, `x${'y'.repeat(59)}`],
  [`Firefox/${'9'.repeat(400)}`, 'Firefox 99999'],
  ['', 'unknown'],
  ['\u0007', 'unknown'],
  [null, 'unknown'],
];

browsers('are named with their system, and what is none by its beginning', () => {
  for (const [userAgent, name] of AGENTS) assert.is(browserNamed(userAgent), name);
});

browsers.run();
