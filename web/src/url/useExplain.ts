import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

/** What the explain drawer shows: an account's score, one measure of it, or one metric. */
export type ExplainTarget = { account: string; measure?: string; metric?: string };

/** "acc_1", "acc_1:usage" for a measure or "acc_1~logins_28d" for a metric, in the URL. */
export function readExplain(text: string | undefined): ExplainTarget | undefined {
  if (!text) return undefined;
  const tilde = text.indexOf('~');
  if (tilde > 0) return { account: text.slice(0, tilde), metric: text.slice(tilde + 1) || undefined };
  const cut = text.indexOf(':');
  return cut < 0 ? { account: text } : { account: text.slice(0, cut), measure: text.slice(cut + 1) || undefined };
}

export function writeExplain(target: ExplainTarget | undefined): string | undefined {
  if (!target) return undefined;
  if (target.metric) return `${target.account}~${target.metric}`;
  return target.measure ? `${target.account}:${target.measure}` : target.account;
}

/** Opens and closes the explain drawer of the page; it stands in the URL. */
export function useExplain() {
  const search = useSearch({ strict: false }) as { explain?: string };
  const navigate = useNavigate();
  const explain = useCallback(
    (target: ExplainTarget | undefined) => {
      void navigate({ to: '.', search: (old: object) => ({ ...old, explain: writeExplain(target) }) } as never);
    },
    [navigate],
  );
  return { target: readExplain(search.explain), explain };
}
