/** Tells the list of jobs that one of them is another than it was, so that nobody needs to ask the server all the time. */
const changes = new EventTarget();

export function announceJobChange(): void {
  changes.dispatchEvent(new Event('change'));
}

export function onJobChange(listener: () => void): () => void {
  changes.addEventListener('change', listener);
  return () => changes.removeEventListener('change', listener);
}
