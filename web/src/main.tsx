import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router-dom';

import { App } from './App';
import { ApiError } from './api/client';
import { LiveProvider } from './api/live';
import { kAccessKey, SessionProvider } from './api/session';
import { LocaleProvider } from './i18n/Locale';
import { ThemeProvider } from './ui/theme';
import './ui/style.css';

const client: QueryClient = new QueryClient({
  // A session that ended while a page was open: ask again who is there, which leads to signing in.
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof ApiError && error.status === 401) void client.invalidateQueries({ queryKey: kAccessKey });
    },
  }),
  defaultOptions: {
    queries: {
      // What the caller did wrong stays wrong; only what may pass is tried again.
      retry: (count, error) => count < 1 && error instanceof ApiError && (error.status === 0 || error.status === 503),
      staleTime: 1000,
      refetchOnWindowFocus: true,
    },
  },
});

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <LocaleProvider>
        <ThemeProvider>
          <BrowserRouter future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
            <SessionProvider>
              <LiveProvider>
                <App />
              </LiveProvider>
            </SessionProvider>
          </BrowserRouter>
        </ThemeProvider>
      </LocaleProvider>
    </QueryClientProvider>
  </StrictMode>,
);
