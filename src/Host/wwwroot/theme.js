// Runs before the page is painted, so that nobody sees the wrong colours first.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('streamner-theme');
  } catch {
    // Storage can be forbidden; then the system's colours hold.
  }
  if (chosen === 'light' || chosen === 'dark')
    document.documentElement.dataset.theme = chosen;
})();
