/** Work that several want at once and that is done once. */

export interface SharedTask<T> {
  readonly value: Promise<T>;
  /** Of whoever asked first. */
  readonly signal: AbortSignal;
}

/**
 * The result of the task of that key, which is started when there is none. Results stay in `tasks`, failures do not. Whoever gives up takes
 * it from nobody: when the one who started it does, the next starts it again.
 */
export async function shareTask<T>(
  tasks: Map<string, SharedTask<T>>,
  key: string,
  signal: AbortSignal,
  start: () => Promise<T>,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const task = tasks.get(key) ?? { value: start(), signal };
    tasks.set(key, task);
    try {
      return await untilAborted(task.value, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (tasks.get(key) === task) tasks.delete(key);
      if (task.signal === signal || !task.signal.aborted) throw error;
    }
  }
}

/** What the promise comes to; the signal's reason when that comes first. */
export function untilAborted<T>(value: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
