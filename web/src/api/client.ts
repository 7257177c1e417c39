// The one way to the server: cookies for the session, a CSRF token on what changes things, one form of error.

export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly field?: string,
  ) {
    super(message);
  }
}

let csrfToken = '';
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

// What a failed reply says, whatever its body is: a proxy's HTML page is an error too.
export async function readError(reply: Response): Promise<ApiError> {
  try {
    const body = (await reply.json()) as { error?: { code?: string; message?: string; field?: string } };
    if (body.error?.code) {
      return new ApiError(body.error.code, body.error.message ?? '', reply.status, body.error.field);
    }
  } catch {
    // The body is not JSON; the status says what is known.
  }
  return new ApiError(`http_${reply.status}`, reply.statusText, reply.status);
}

export type Query = Record<string, string | number | undefined>;

export function addressOf(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

async function send<T>(method: string, address: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-CSRF-Token'] = csrfToken;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let reply: Response;
  try {
    reply = await fetch(address, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      signal,
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError('unreachable', '', 0);
  }
  if (!reply.ok) throw await readError(reply);
  const text = await reply.text();
  return (text ? JSON.parse(text) : {}) as T;
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => send<T>('GET', addressOf(path, query), undefined, signal),
  post: <T>(path: string, body: unknown = {}) => send<T>('POST', path, body),
  delete: <T>(path: string) => send<T>('DELETE', path),
};
