// What the pages about the model ask for and change.
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { del, get, post, put } from './client';
import type { List } from './contract';
import type { DraftRow, DraftText, Impact, LearnedWeights, ModelPlan, ModelText, ModelVersion, NumberList, Scorecard, ScorecardDetail, ScorecardRow, TextError, Validation } from './shapes';

export const scorecardsQuery = (asOf?: string) =>
  queryOptions({
    queryKey: ['scorecards', asOf ?? 'now'],
    queryFn: ({ signal }) => get<NumberList<ScorecardRow>>('/scorecards', { as_of: asOf }, signal),
  });

export const scorecardQuery = (key: string) =>
  queryOptions({
    queryKey: ['scorecards', 'one', key],
    queryFn: ({ signal }) => get<ScorecardDetail>(`/scorecards/${encodeURIComponent(key)}`, undefined, signal),
  });

/** Whether a scorecard predicts who leaves; the server keeps it until data or model change. */
export const validationQuery = (key: string, ask: { horizon?: string; history?: string; outcome?: string; capacity?: number; as_of?: string }) =>
  queryOptions({
    queryKey: ['scorecards', 'validation', key, ask],
    queryFn: ({ signal }) => get<Validation>(`/scorecards/${encodeURIComponent(key)}/validation`, ask, signal),
    staleTime: 5 * 60_000,
  });

/** What the data say about the weights of a scorecard; the server keeps it until data or model change. */
export const learnedQuery = (key: string, ask: { horizon?: string; as_of?: string; accounts?: number }) =>
  queryOptions({
    queryKey: ['scorecards', 'learned', key, ask],
    queryFn: ({ signal }) => get<LearnedWeights>(`/scorecards/${encodeURIComponent(key)}/learned`, ask, signal),
    staleTime: 5 * 60_000,
  });

export const modelQuery = queryOptions({
  queryKey: ['model', 'now'],
  queryFn: ({ signal }) => get<ModelText>('/model', undefined, signal),
});

export const versionQuery = (version: number) =>
  queryOptions({
    queryKey: ['model', 'version', version],
    queryFn: ({ signal }) => get<ModelText>(`/model/versions/${version}`, undefined, signal),
    staleTime: Infinity, // a version never changes
  });

export const versionsQuery = infiniteQueryOptions({
  queryKey: ['model', 'versions'],
  queryFn: ({ pageParam, signal }) => get<List<ModelVersion>>('/model/versions', { cursor: pageParam }, signal),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page: List<ModelVersion>) => page.next_cursor || undefined,
});

export const previewScorecard = (scorecard: Scorecard, signal?: AbortSignal) =>
  post<Impact>(`/scorecards/${encodeURIComponent(scorecard.key)}/preview`, { scorecard }, undefined, signal);

export const checkModel = (yaml: string, signal?: AbortSignal) => post<{ errors: TextError[] }>('/model/check', { yaml }, undefined, signal);
export const planModel = (yaml: string, base?: number) => post<ModelPlan>('/model/plan', { yaml, base_version: base });

export const draftsQuery = queryOptions({
  queryKey: ['model', 'drafts'],
  queryFn: ({ signal }) => get<List<DraftRow>>('/model/drafts', undefined, signal),
});

export const draftQuery = (id: string) =>
  queryOptions({
    queryKey: ['model', 'drafts', id],
    queryFn: ({ signal }) => get<DraftText>(`/model/drafts/${encodeURIComponent(id)}`, undefined, signal),
  });

export type NewDraft = { name: string; note?: string; base_version: number; yaml?: string; scorecard?: Scorecard };

function useDraftChange<Body, Out>(run: (body: Body) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: run, onSettled: () => client.invalidateQueries({ queryKey: ['model', 'drafts'] }) });
}

export const useNewDraft = () => useDraftChange((body: NewDraft) => post<DraftText>('/model/drafts', body));
export const usePutDraft = () =>
  useDraftChange(({ id, ...body }: NewDraft & { id: string; updated_at: string }) => put<DraftText>(`/model/drafts/${encodeURIComponent(id)}`, body));
export const useDropDraft = () => useDraftChange((id: string) => del(`/model/drafts/${encodeURIComponent(id)}`));

// Every number may be another one under a new model. The refetching isn't waited for: the form that saved is a new one
// as soon as its scorecard arrives, and would never say that it was saved.
function useModelChange<Body>(run: (body: Body) => Promise<ModelVersion>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: () => {
      void client.invalidateQueries({ predicate: (q) => q.queryKey[0] !== 'session' });
    },
  });
}

export const useApplyModel = () => useModelChange((body: { yaml: string; base_version: number; note: string }) => post<ModelVersion>('/model/apply', body));
export const useAdoptLearned = () =>
  useModelChange(({ key, ...body }: { key: string; base_version: number; note: string; horizon?: string }) => post<ModelVersion>(`/scorecards/${encodeURIComponent(key)}/learned/adopt`, body));
export const usePutScorecard = () =>
  useModelChange((body: { scorecard: Scorecard; base_version: number; note: string }) => put<ModelVersion>(`/scorecards/${encodeURIComponent(body.scorecard.key)}`, body));
