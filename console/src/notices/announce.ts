/** Live region, created with the first announcement. */
let place: HTMLElement | undefined;

/** Makes a screen reader announce a text politely: after it has finished speaking, and also while a dialog is open. */
export function announce(text: string): void {
  if (place === undefined) {
    place = document.createElement('div');
    place.setAttribute('role', 'status');
    place.setAttribute('aria-live', 'polite');
    place.className = 'announced';
    document.body.append(place);
  }
  const region = place;
  // Repeating the same text would be no change and not be announced, and a new region must exist before its text
  // changes.
  region.textContent = '';
  setTimeout(() => {
    region.textContent = text;
  }, 50);
}
