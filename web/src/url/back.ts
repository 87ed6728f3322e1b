import { redirect } from '@tanstack/react-router';
import type { ApiError } from '../api/client';

/** The value when it is a text with something in it. */
export const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Only paths of this app: a link must not send a user who signs in elsewhere. */
export function safeBack(value: unknown): string | undefined {
  const back = text(value);
  return back && /^\/(?![/\\])/.test(back) ? back : undefined;
}

/** To the first set-up where there is none yet, otherwise to signing in and back. */
export function signInFor(error: ApiError, href: string) {
  if (error.problem.code === 'setup_required') return redirect({ to: '/setup' });
  return redirect({ to: '/sign-in', search: { back: href === '/' ? undefined : href } });
}
