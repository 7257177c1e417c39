// Live data: asked again every two seconds while someone looks. Hidden tabs and a reader who pressed pause ask nothing.
import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';

import { api, type ApiError, type Query } from './client';

export const kLiveMs = 2000;

interface Live {
  paused: boolean; // by the reader, or because the tab is hidden
  held: boolean; // by the reader
  hold(held: boolean): void;
}

const LiveContext = createContext<Live>({ paused: false, held: false, hold: () => undefined });

export function LiveProvider({ children }: { children: ReactNode }) {
  const [held, hold] = useState(false);
  const [hidden, setHidden] = useState(document.hidden);
  useEffect(() => {
    const changed = () => setHidden(document.hidden);
    document.addEventListener('visibilitychange', changed);
    return () => document.removeEventListener('visibilitychange', changed);
  }, []);
  const live = useMemo(() => ({ paused: held || hidden, held, hold }), [held, hidden]);
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}

export const useLiveState = () => useContext(LiveContext);

export interface GetOptions {
  query?: Query;
  live?: boolean;
  enabled?: boolean;
}

// What is at a path of the API. The last data stays on screen while newer data is on its way.
export function useGet<T>(path: string, options: GetOptions = {}): UseQueryResult<T, ApiError> {
  const { paused } = useLiveState();
  return useQuery<T, ApiError>({
    queryKey: [path, options.query ?? {}],
    queryFn: ({ signal }) => api.get<T>(path, options.query, signal),
    enabled: options.enabled ?? true,
    refetchInterval: options.live && !paused ? kLiveMs : false,
    placeholderData: keepPreviousData,
  });
}
