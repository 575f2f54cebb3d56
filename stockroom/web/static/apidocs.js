// Draws the API's description; external, because the page allows no inline script.
SwaggerUIBundle({ dom_id: "#api", url: document.getElementById("api").dataset.description, deepLinking: true });
