/** The value when it is a text with something in it. */
export const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Only paths of this app: a link must not send a user who signs in elsewhere. */
export function safeBack(value: unknown): string | undefined {
  const back = text(value);
  return back && /^\/(?![/\\])/.test(back) ? back : undefined;
}
