// The way back after signing in.
import { redirect } from '@tanstack/react-router';
import type { ApiError } from '../api/client';

/** A text of an address, undefined for nothing and for what is no text. */
export const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Only paths of this app: a link must not send a user who signs in elsewhere. */
export function safeBack(value: unknown): string | undefined {
  const back = text(value);
  return back && /^\/(?![/\\])/.test(back) ? back : undefined;
}

/** Where a caller without a session is sent: to the set-up, or to sign in and come back. */
export function signInFor(error: ApiError, href: string) {
  if (error.problem.code === 'setup_required') return redirect({ to: '/setup' });
  return redirect({ to: '/sign-in', search: { back: href === '/' ? undefined : href } });
}
