// The API refuses empty parameters, so the form sends only what was filled in.
document.getElementById("filter-form")?.addEventListener("submit", (event) => {
  for (const control of event.target.elements) {
    if (control.name && !control.value) control.disabled = true;
  }
});
