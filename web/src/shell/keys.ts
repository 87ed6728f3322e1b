import { useEffect, useRef } from 'react';

export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

/** Whether the key is meant for a field, or for an open menu or dialog. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.closest('[role="dialog"],[role="menu"],[role="listbox"]') !== null;
}

/**
 * Single-key shortcuts by the character typed ("[", "?", "j"), so that they do not
 * depend on the keyboard layout. "g a" is g and then a within a second. Never
 * fires in a field, in a dialog, or together with ctrl, cmd or alt.
 */
export function useKeys(map: KeyMap, enabled = true) {
  const latest = useRef(map);
  useEffect(() => {
    latest.current = map;
  });
  useEffect(() => {
    if (!enabled) return;
    let prefix = '';
    let at = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const chord = prefix && event.timeStamp - at < 1000 ? `${prefix} ${event.key}` : event.key;
      prefix = '';
      const handler = latest.current[chord] ?? latest.current[event.key];
      if (handler) {
        handler(event);
      } else if (Object.keys(latest.current).some((k) => k.startsWith(`${event.key} `))) {
        prefix = event.key;
        at = event.timeStamp;
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [enabled]);
}
