import express from "express";

const app = express();
app.get("/health", (_request, response) => response.send("ok"));
app.get("/api/users/:id", (request, response) => response.json({ id: request.params.id }));
app.listen(3000);
