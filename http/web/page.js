// In a file of its own, since the page's Content-Security-Policy allows no script inside it.
// Relative, so that it is the document of the prefix under which the page was opened.
window.addEventListener("DOMContentLoaded", () => {
  SwaggerUIBundle({
    url: "openapi.json",
    dom_id: "#page",
    deepLinking: true,
    validatorUrl: null, // asks nobody else
    persistAuthorization: false, // a token stays in the page's memory
  });
});
