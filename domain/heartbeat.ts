import { equalJson } from './data.ts';
import { endNs, type Event } from './event.ts';
import type { Nanos } from './time.ts';

/**
 * The heartbeat rule of aw-server (spec/rest 4): what `last` becomes when `beat` continues it, or null when
 * the beat is an event of its own.
 *
 *   last  [vim    ]            [vim    ]
 *   beat        [vim  ]                    . . . . [vim]     (further off than pulsetime)
 *   out   [vim        ]        null
 *
 * A beat inside `last` never shortens it. `pulsetime` may be negative: then the two must overlap by as much.
 */
export const mergeHeartbeat = <E extends Event>(last: E, beat: Event, pulsetime: Nanos): E | null => {
  if (!equalJson(last.data, beat.data)) return null;
  if (beat.startUs < last.startUs) return null;
  if (beat.startUs * 1000n > endNs(last) + pulsetime) return null;
  const end = endNs(last) > endNs(beat) ? endNs(last) : endNs(beat);
  const durationNs = end - last.startUs * 1000n;
  return durationNs < 0n ? null : { ...last, durationNs };
};
