// A report that the server makes when asked: its last result, whether one is being made, and the button that asks.
import { keepPreviousData, useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query';

import { api, type ApiError, type Query } from './client';

const kLookMs = 700;

export interface JobState {
  state: 'never' | 'running' | 'ready' | 'failed';
}

export function useJob<T extends JobState>(path: string, query: Query = {}): {
  job: UseQueryResult<T, ApiError>;
  start: UseMutationResult<T, ApiError, unknown>;
} {
  const client = useQueryClient();
  const job = useQuery<T, ApiError>({
    queryKey: [path, query],
    queryFn: ({ signal }) => api.get<T>(path, query, signal),
    refetchInterval: (current) => (current.state.data?.state === 'running' ? kLookMs : false),
    placeholderData: keepPreviousData,
  });
  const start = useMutation<T, ApiError, unknown>({
    mutationFn: (body) => api.post<T>(path, body ?? {}),
    onSettled: () => client.invalidateQueries({ queryKey: [path] }),
  });
  return { job, start };
}
