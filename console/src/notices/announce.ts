/** Where things are put to be read aloud. Made with the first thing to say, and there for as long as the page. */
let place: HTMLElement | undefined;

/**
 * Has a screen reader say something that sighted people see elsewhere, when it has finished what it is saying. A dialog that
 * is open does not keep it from being heard.
 */
export function announce(text: string): void {
  if (place === undefined) {
    place = document.createElement('div');
    place.setAttribute('role', 'status');
    place.setAttribute('aria-live', 'polite');
    place.className = 'announced';
    document.body.append(place);
  }
  const region = place;
  // The same text twice is no change, and would not be said; a new region has to be known before it changes.
  region.textContent = '';
  setTimeout(() => {
    region.textContent = text;
  }, 50);
}
