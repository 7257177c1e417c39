// Who is signed in. Every page lives inside; without a session there is only sign-in, or the first administrator's set-up.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useMemo, type ReactNode } from 'react';

import { api, ApiError, setCsrfToken } from './client';
import type { Session, Setup } from './types';

export type Access =
  | { state: 'loading' }
  | { state: 'failed'; error: ApiError; retry: () => void }
  | { state: 'setup' }
  | { state: 'signed-out' }
  | { state: 'signed-in'; session: Session };

async function findAccess(): Promise<Access> {
  const setup = await api.get<Setup>('/v1/setup');
  if (setup.needed) return { state: 'setup' };
  try {
    const session = await api.get<Session>('/v1/session');
    setCsrfToken(session.csrfToken);
    return { state: 'signed-in', session };
  } catch (cause) {
    if (cause instanceof ApiError && cause.status === 401) return { state: 'signed-out' };
    throw cause;
  }
}

interface SessionActions {
  access: Access;
  setUp(name: string, password: string, setupCode: string): Promise<void>;
  signIn(name: string, password: string): Promise<void>;
  signOut(): Promise<void>;
}

const SessionContext = createContext<SessionActions | null>(null);
export const kAccessKey = ['access'];

export function SessionProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery<Access, ApiError>({ queryKey: kAccessKey, queryFn: findAccess, retry: false });

  const value = useMemo<SessionActions>(() => {
    const enter = (session: Session) => {
      setCsrfToken(session.csrfToken);
      const inside: Access = { state: 'signed-in', session };
      client.setQueryData(kAccessKey, inside);
    };
    return {
      access: data ?? (error ? { state: 'failed', error, retry: () => void refetch() } : { state: 'loading' }),
      async setUp(name, password, setupCode) {
        enter(await api.post<Session>('/v1/setup', { name, password, setup_code: setupCode }));
      },
      async signIn(name, password) {
        enter(await api.post<Session>('/v1/session', { name, password }));
      },
      async signOut() {
        await api.delete('/v1/session');
        setCsrfToken('');
        const outside: Access = { state: 'signed-out' };
        client.setQueryData(kAccessKey, outside);
        // The access itself stays in the cache: whoever watches a removed query never hears of its next value.
        client.removeQueries({ predicate: (query) => query.queryKey[0] !== kAccessKey[0] });
      },
    };
  }, [client, data, error, refetch]);
  return <SessionContext.Provider value={value}>{children}</SessionContext.Provider>;
}

export function useSession(): SessionActions {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession outside SessionProvider');
  return session;
}
