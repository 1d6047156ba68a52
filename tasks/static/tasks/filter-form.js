// The API rejects empty parameters, so the form sends only the filled ones.
document.getElementById("filter-form")?.addEventListener("submit", (event) => {
  for (const control of event.target.elements) {
    if (control.name && !control.value) control.disabled = true;
  }
});
