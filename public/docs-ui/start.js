// Starts the page of the API's description; a file of its own because the page allows no script within it.
window.addEventListener("DOMContentLoaded", () => {
  SwaggerUIBundle({
    url: "/api/v1/openapi.json",
    dom_id: "#docs",
    deepLinking: true,
    docExpansion: "list",
    filter: true,
    // Nothing is told to anybody else, not even whether the description is well made.
    validatorUrl: null,
  });
});
