/**
 * Resolves in the next turn of the event loop. An HTTP/2 session of Node's must live until then: it reads what its stream brought along
 * a tick after it was made, and takes the process down when it was destroyed meanwhile.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
