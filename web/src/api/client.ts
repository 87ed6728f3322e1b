// The one door to the server: JSON in and out, the cookie, the header that no
// other site can set, and one kind of error.
import { knownOf } from '../url/known';
import type { Problem } from './contract';

export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiError';
    this.status = problem.status;
    this.problem = problem;
  }
}

export type Query = Record<string, string | number | boolean | undefined | null>;

/** Builds the address of a resource under /api/v1; absent parameters are left out. */
export function apiUrl(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return `/api/v1${path}${text ? `?${text}` : ''}`;
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const body = (await response.json()) as Partial<Problem>;
    return { ...body, title: body.title ?? response.statusText, status: response.status };
  } catch {
    return {
      title: response.statusText || 'No answer',
      status: response.status,
      detail: `The server answered ${response.status} without an explanation.`,
    };
  }
}

/** Numbers of the past are asked for as the address says: as known then, or as corrected. */
function withKnown(method: string, query: Query | undefined): Query | undefined {
  const known = method === 'GET' && query?.as_of ? knownOf(globalThis.location?.search ?? '') : undefined;
  return known ? { ...query, known } : query;
}

type Options = { query?: Query; body?: unknown; signal?: AbortSignal };

/** Sends one request; throws ApiError for anything that is not a success. */
export async function send<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const form = options.body instanceof FormData;
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-Kept-CSRF'] = '1';
  if (options.body !== undefined && !form) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(apiUrl(path, withKnown(method, options.query)), {
      method,
      headers,
      credentials: 'same-origin',
      signal: options.signal,
      body: options.body === undefined ? undefined : form ? (options.body as FormData) : JSON.stringify(options.body),
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError({
      title: 'Kept cannot be reached',
      status: 0,
      detail: 'The server did not answer. Nothing was changed. Check that it runs, then try again.',
    });
  }
  if (!response.ok) throw new ApiError(await problemOf(response));
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) =>
  send<T>('GET', path, { query, signal });
export const post = <T>(path: string, body?: unknown, query?: Query, signal?: AbortSignal) =>
  send<T>('POST', path, { body, query, signal });
export const patch = <T>(path: string, body: unknown) => send<T>('PATCH', path, { body });
export const put = <T>(path: string, body: unknown) => send<T>('PUT', path, { body });
export const del = (path: string) => send<void>('DELETE', path);
